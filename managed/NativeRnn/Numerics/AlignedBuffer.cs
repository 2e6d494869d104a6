using System.Runtime.InteropServices;

namespace NativeRnn.Numerics;

/// <summary>
/// Floats outside the garbage-collected heap, aligned to a cache line and zeroed. It never moves, so native calls need no pinning, and
/// it is freed once: by <see cref="Dispose"/>, or by the finalizer if that was forgotten.
/// </summary>
public sealed unsafe partial class AlignedBuffer : IDisposable
{
    /// <summary>Floats in a cache line: the unit of alignment.</summary>
    public const int AlignmentFloats = 16;

    // Of x86-64 and arm64 with pages of 4 KiB. Smaller buffers would waste too much of the last one.
    private const int LargePage = 1 << 21;
    private const int LeastForLargePages = 2 * LargePage;
    private const int MadviseHugePage = 14;

    private float* _memory;

    /// <summary>Allocates <paramref name="length"/> floats.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or beyond what a span can hold (2³¹ − 1 floats).</exception>
    /// <exception cref="OutOfMemoryException">The machine has not that much memory.</exception>
    public AlignedBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue);
        Length = (int)length;
        var bytes = (nuint)Math.Max(length, 1) * sizeof(float);
        var large = bytes >= LeastForLargePages && OperatingSystem.IsLinux();
        _memory = (float*)NativeMemory.AlignedAlloc(bytes, (nuint)(large ? LargePage : AlignmentFloats * sizeof(float)));
        if (large)
        {
            // Kernels walk matrices by columns: with large pages they miss the table of addresses less often. A wish; refusal does no harm.
            _ = Madvise(_memory, bytes, MadviseHugePage);
        }

        NativeMemory.Clear(_memory, bytes);
    }

    /// <summary>Frees what was not disposed.</summary>
    ~AlignedBuffer() => Free();

    /// <summary>How many floats there are.</summary>
    public int Length { get; }

    /// <summary>The floats.</summary>
    /// <exception cref="ObjectDisposedException">The memory is gone.</exception>
    public Span<float> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory == null, this);
            return new Span<float>(_memory, Length);
        }
    }

    /// <summary>Frees the memory; spans taken before must not be used any more.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* start, nuint bytes, int advice);

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
