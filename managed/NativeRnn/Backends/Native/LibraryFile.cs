using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NativeRnn.Serialization;

namespace NativeRnn.Backends.Native;

/// <summary>
/// Looks at the file of a library before the loader does. The loader's words for a library of another processor are obscure, and a
/// file that was cut off may end the process: the loader maps what the header promises, and reading beyond the end is a bus error.
/// </summary>
internal static class LibraryFile
{
    private const int HeaderBytes = 64, SegmentBytes = 56, SharedObject = 3, LoadedSegment = 1;

    /// <summary>The names of ELF's e_machine where .NET runs, and some of its neighbours.</summary>
    private static readonly (int Machine, Architecture? Architecture, string Name)[] Machines =
    [
        (62, Architecture.X64, "x86-64"),
        (183, Architecture.Arm64, "aarch64"),
        (3, Architecture.X86, "x86"),
        (40, Architecture.Arm, "arm"),
        (21, Architecture.Ppc64le, "ppc64"),
        (22, Architecture.S390x, "s390x"),
        (243, Architecture.RiscV64, "riscv"),
        (258, Architecture.LoongArch64, "loongarch"),
        (8, null, "mips"),
    ];

    /// <summary>What is wrong with the file at <paramref name="path"/> by what its header says; no problem if it is worth loading.</summary>
    public static LibraryAttempt Inspect(string path) => Inspect(path, file => InspectElf(path, new Bytes(file)));

    /// <summary>The same for the library of this project, whose file must also have the hash that it ends with.</summary>
    public static LibraryAttempt InspectOwn(string path) => Inspect(path, file =>
    {
        // The hash comes first: in a damaged file the header may say anything.
        var matches = LibraryHash.Matches(file);
        if (matches == false)
            return Damaged(path, "its content does not have the hash that it ends with");
        var header = InspectElf(path, new Bytes(file));
        return header.Problem != LibraryProblem.None || matches == true ? header : new LibraryAttempt(path, LibraryProblem.Damaged,
            $"damaged, or no library of ABI {NativeStructs.AbiVersion}: it does not end with the hash that the build appends (strip and patchelf remove it)");
    });

    private static LibraryAttempt Inspect(string path, Func<SafeFileHandle, LibraryAttempt> inspectElf)
    {
        try
        {
            if (FileKind.OtherThanFile(path) is { } other)
                return new LibraryAttempt(path, LibraryProblem.Unreadable, $"is {other}, not a file");
            using var file = File.OpenHandle(path);
            return OperatingSystem.IsLinux() ? inspectElf(file) : new LibraryAttempt(path, LibraryProblem.None, "");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new LibraryAttempt(path, LibraryProblem.Missing, "missing");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return new LibraryAttempt(path, LibraryProblem.Unreadable, "cannot be read; check its permissions and those of its folders");
        }
    }

    private static LibraryAttempt InspectElf(string path, Bytes file)
    {
        LibraryAttempt Foreign(string system) => new(path, LibraryProblem.WrongArchitecture, $"is for {system}, this process is {OwnMachine().Name}");
        var header = file.Read(0, HeaderBytes);
        if (file.Length == 0)
            return Damaged(path, "the file is empty");
        if (header is [(byte)'M', (byte)'Z', ..])
            return Foreign("Windows");
        if (header is [0xCF or 0xCE, 0xFA, 0xED, 0xFE, ..] or [0xCA, 0xFE, 0xBA, 0xBE, ..])
            return Foreign("macOS");
        if (header is not [0x7F, (byte)'E', (byte)'L', (byte)'F', 1 or 2, 1 or 2, ..])
            return Damaged(path, "it is no ELF library");
        if (header.Length < HeaderBytes)
            return Damaged(path, $"the file ends within its header, after {file.Length:N0} bytes");
        var (bits, little) = (header[4] == 2 ? 64 : 32, header[5] == 1);
        var machine = little ? BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) : BinaryPrimitives.ReadUInt16BigEndian(header[18..]);
        var own = OwnMachine();
        if (own.Name is null)
            return new LibraryAttempt(path, LibraryProblem.None, "");
        if (machine != own.Machine || bits != 8 * nint.Size || little != BitConverter.IsLittleEndian)
            return Foreign(NameOf(machine) + (bits != 8 * nint.Size ? $" with {bits} bits" : "") + (little ? "" : ", big-endian"));
        if (bits == 32)
            return new LibraryAttempt(path, LibraryProblem.None, ""); // its fields lie elsewhere; the loader sees to the rest
        if (BitConverter.ToUInt16(header[16..]) != SharedObject)
            return Damaged(path, "it is an ELF file, but no shared library");
        var length = PromisedLength(header, file);
        return length > (UInt128)file.Length
            ? Damaged(path, $"it has {file.Length:N0} bytes, its header promises {length:N0}")
            : new LibraryAttempt(path, LibraryProblem.None, "");
    }

    private static LibraryAttempt Damaged(string path, string how) => new(path, LibraryProblem.Damaged, $"damaged: {how}");

    /// <summary>Where the last thing ends that a 64-bit header speaks of: its tables, and the segments that are mapped.</summary>
    private static UInt128 PromisedLength(ReadOnlySpan<byte> header, Bytes file)
    {
        UInt128 segments = BitConverter.ToUInt64(header[32..]), sections = BitConverter.ToUInt64(header[40..]);
        var (segmentBytes, segmentCount) = (BitConverter.ToUInt16(header[54..]), BitConverter.ToUInt16(header[56..]));
        var end = UInt128.Max(segments + (UInt128)(segmentBytes * segmentCount),
            sections + (UInt128)(BitConverter.ToUInt16(header[58..]) * BitConverter.ToUInt16(header[60..])));
        if (end > (UInt128)file.Length || segmentBytes != SegmentBytes)
            return end;
        for (var i = 0; i < segmentCount; i++)
        {
            var segment = file.Read((long)segments + i * SegmentBytes, SegmentBytes);
            if (segment.Length == SegmentBytes && BitConverter.ToUInt32(segment) == LoadedSegment)
                end = UInt128.Max(end, (UInt128)BitConverter.ToUInt64(segment[8..]) + BitConverter.ToUInt64(segment[32..]));
        }
        return end;
    }

    private static (int Machine, Architecture? Architecture, string Name) OwnMachine() =>
        Machines.FirstOrDefault(row => row.Architecture == RuntimeInformation.ProcessArchitecture);

    private static string NameOf(int machine) => Machines.FirstOrDefault(row => row.Machine == machine).Name ?? $"machine {machine} of ELF's list";

    /// <summary>Pieces of an open file.</summary>
    private readonly struct Bytes(SafeFileHandle file)
    {
        public long Length => RandomAccess.GetLength(file);

        /// <summary>As many of <paramref name="count"/> bytes as there are.</summary>
        public ReadOnlySpan<byte> Read(long offset, int count)
        {
            var piece = new byte[count];
            return piece.AsSpan(0, RandomAccess.Read(file, piece, offset));
        }
    }
}
