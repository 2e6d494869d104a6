using NativeRnn.Serialization;

namespace NativeRnn;

/// <summary>
/// The family of errors that files, data and machines cause. The message is one line that names the file, line, field or shape,
/// what was expected, and how to mend it. Misuse of the API throws <see cref="ArgumentException"/>, <see cref="InvalidOperationException"/> or
/// <see cref="ObjectDisposedException"/> instead.
/// </summary>
public abstract class NativeRnnException : Exception
{
    private protected NativeRnnException(string? message, Exception? inner = null) : base(message is null ? null : OneLine.Clean(message), inner) { }
}

/// <summary>Training data that is missing, empty, too short, or not of the expected format.</summary>
public sealed class DataException(string? message, Exception? inner = null) : NativeRnnException(message, inner);

/// <summary>A recipe that cannot be read or whose fields do not make sense.</summary>
public sealed class RecipeException(string? message, Exception? inner = null) : NativeRnnException(message, inner);

/// <summary>A model, checkpoint or other tensor file that is missing, damaged, or of another kind than asked for.</summary>
public sealed class CheckpointException(string? message, Exception? inner = null) : NativeRnnException(message, inner);

/// <summary>A backend that cannot be used here: the library does not load, or the machine lacks what was asked for.</summary>
public sealed class BackendException(string? message, Exception? inner = null) : NativeRnnException(message, inner);

/// <summary>Training, or a model, that cannot go on: a loss, a gradient or a prediction is no longer a finite number.</summary>
public sealed class TrainingException(string? message, Exception? inner = null) : NativeRnnException(message, inner);

/// <summary>More memory asked for than the machine or its container has left; found out before it is taken.</summary>
public sealed class MemoryException(string? message, Exception? inner = null) : NativeRnnException(message, inner);
