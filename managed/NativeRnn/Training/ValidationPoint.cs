namespace NativeRnn.Training;

/// <summary>An evaluation of the validation data.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Loss">Mean cross entropy in nats per token.</param>
public readonly record struct ValidationPoint(long Step, double Loss);
