using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>Runs the cases of one kind.</summary>
internal interface ICaseVerifier
{
    /// <summary>The value of <c>kind</c> in the metadata.</summary>
    string Kind { get; }

    /// <summary>Computes what the case describes and compares every result with the file.</summary>
    /// <exception cref="VerificationException">The case cannot be run.</exception>
    void Verify(CaseFile file, IBackend backend);
}
