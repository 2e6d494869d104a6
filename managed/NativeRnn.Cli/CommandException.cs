namespace NativeRnn.Cli;

/// <summary>What a command cannot do as asked; the message is the one line that the user gets.</summary>
internal sealed class CommandException(string message) : Exception(message);
