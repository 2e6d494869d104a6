namespace NativeRnn.Backends.Native;

/// <summary>What can be wrong with a library, as far as the ways to mend it differ.</summary>
internal enum LibraryProblem
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There is no such file.</summary>
    Missing,

    /// <summary>There is something that is not a file, or that may not be read.</summary>
    Unreadable,

    /// <summary>It is for another processor or operating system.</summary>
    WrongArchitecture,

    /// <summary>It is no library, or not a whole one, or not as it was built.</summary>
    Damaged,

    /// <summary>It needs another library, which is missing or too old; or the loader refuses it for another reason.</summary>
    Refused,

    /// <summary>It loads, but it is a library of something else.</summary>
    NotOurs,

    /// <summary>It is ours, of another version.</summary>
    OtherVersion,
}
