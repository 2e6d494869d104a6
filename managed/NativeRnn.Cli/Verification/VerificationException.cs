namespace NativeRnn.Cli.Verification;

/// <summary>A case that cannot be run: it lacks something, contradicts itself, or asks for what is not known here.</summary>
internal sealed class VerificationException(string message) : Exception(message);
