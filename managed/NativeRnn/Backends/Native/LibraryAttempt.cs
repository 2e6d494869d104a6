namespace NativeRnn.Backends.Native;

/// <summary>One place where a library was looked for.</summary>
/// <param name="Path">A file, or a name that is left to the search of the operating system.</param>
/// <param name="Problem">The kind of what was wrong there; <see cref="LibraryProblem.None"/> for the library that was taken.</param>
/// <param name="Detail">What was wrong, in words; empty where nothing was.</param>
internal sealed record LibraryAttempt(string Path, LibraryProblem Problem, string Detail);
