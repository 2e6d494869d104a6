namespace NativeRnn.Cli.Diagnostics;

/// <summary>What one backend computed, by name.</summary>
internal sealed class SelfTestArrays : Dictionary<string, float[]>;
