namespace NativeRnn.Cli.Diagnostics;

/// <summary>A line of advice.</summary>
/// <param name="Wrong">Something does not work; otherwise it works, and there is something to know.</param>
/// <param name="Text">What, and what to do.</param>
internal sealed record Advice(bool Wrong, string Text);
