using System.Runtime.InteropServices;

namespace NativeRnn.Backends.Native;

/// <summary>Owns an <c>nrnn_context</c>: its kernels and threads.</summary>
internal sealed class NativeContextHandle : SafeHandle
{
    public NativeContextHandle(nint context) : base(0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => NativeMethods.nrnn_context_destroy(handle) == (int)nrnn_status.NRNN_OK;
}
