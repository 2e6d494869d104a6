namespace NativeRnn.Cli.Diagnostics;

/// <summary>T steps, B rows, I inputs, H hidden units, V classes.</summary>
internal readonly record struct SelfTestSizes(int T, int B, int I, int H, int V)
{
    public override string ToString() => $"T {T} B {B} I {I} H {H} V {V}";
}
