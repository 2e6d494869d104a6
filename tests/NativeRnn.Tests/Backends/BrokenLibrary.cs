using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NativeRnn.Backends.Native;

namespace NativeRnn.Tests.Backends;

/// <summary>Files that NATIVERNN_LIBRARY may name by mistake. Those that must load are compiled with <c>cc</c>.</summary>
public static class BrokenLibrary
{
    private const int HashBytes = 81;

    private static readonly Dictionary<string, (string Expected, Action<string> Make)> Table = new()
    {
        ["missing"] = (": missing.", _ => { }
        ),
        ["folder"] = ("is a folder", path => _ = Directory.CreateDirectory(path)),
        ["empty"] = ("damaged: the file is empty", path => File.WriteAllBytes(path, [])),
        ["random bytes"] = ("damaged: it is no ELF library", path => File.WriteAllBytes(path, RandomBytes(70_000))),
        ["random bytes after a right header"] = ("damaged: it has 70,000 bytes, its header promises",
            path => File.WriteAllBytes(path, [.. File.ReadAllBytes(Real)[..64], .. RandomBytes(70_000 - 64)])),
        ["cut off"] = ("damaged: it has ", path => File.WriteAllBytes(path, File.ReadAllBytes(Real)[..(int)(new FileInfo(Real).Length / 2)])),
        ["a bit of code flipped"] = ("damaged: its content does not have the hash that it ends with", path => Flip(path, length => length / 3)),
        ["a bit of the hash flipped"] = ("damaged: its content does not have the hash that it ends with", path => Flip(path, length => length - 2)),
        ["a bit before the hash flipped"] = ("damaged, or no library of ABI", path => Flip(path, length => length - 70)),
        ["a bit of the architecture flipped"] = ("damaged: its content does not have the hash that it ends with", path => Flip(path, _ => 18)),
        ["without its hash"] = ("damaged, or no library of ABI", path => File.WriteAllBytes(path, File.ReadAllBytes(Real)[..^HashBytes])),
        ["pipe"] = ("is a pipe, not a file", path => Run("mkfifo", path)),
        ["device"] = ("is a device, not a file", path => File.CreateSymbolicLink(path, "/dev/zero")),
        ["aarch64"] = ($"is for {(IsArm ? "x86-64" : "aarch64")}, this process is {(IsArm ? "aarch64" : "x86-64")}",
            path => File.WriteAllBytes(path, Header(bits: 2, machine: IsArm ? (byte)62 : (byte)183))),
        ["32 bits"] = ("is for x86 with 32 bits", path => File.WriteAllBytes(path, Header(bits: 1, machine: 3))),
        ["Windows"] = ("is for Windows", path => File.WriteAllBytes(path, [.. "MZ"u8, .. RandomBytes(500)])),
        ["program"] = ("no shared library", path => File.WriteAllBytes(path, Header(bits: 2, machine: IsArm ? (byte)183 : (byte)62))),
        ["of something else"] = ("it is not a library of NativeRnn", path => Compile(path, "int other(void) { return 1; }")),
        ["other ABI"] = ($"ABI {NativeStructs.AbiVersion + 2}, wanted {NativeStructs.AbiVersion}", path => Compile(path,
            $"int nrnn_abi_version(void) {{ return {NativeStructs.AbiVersion + 2}; }} int nrnn_struct_size(int i) {{ return i; }}")),
        ["other structs"] = ("nrnn_options has 8 bytes, wanted 16", path => Compile(path,
            $"int nrnn_abi_version(void) {{ return {NativeStructs.AbiVersion}; }} int nrnn_struct_size(int i) {{ return 8 + i; }}")),
        ["lacking functions"] = ("it has no nrnn_status_text", path => Compile(path,
            $"int nrnn_abi_version(void) {{ return {NativeStructs.AbiVersion}; }} static int s[] = {{ {string.Join(", ", NativeStructs.Sizes.Select(row => row.Size))} }};"
            + " int nrnn_struct_size(int i) { return s[i]; }")),
        ["missing dependency"] = ("libnrnnnone.so, which is missing", WithoutDependency),
        ["missing symbol"] = ("undefined symbol: nowhere_to_be_found", path => Compile(path,
            "int nowhere_to_be_found(void); int (*p)(void) = nowhere_to_be_found;")),
    };

    /// <summary>What can be wrong.</summary>
    public static TheoryData<string> Kinds => [.. Table.Keys];

    /// <summary>The library that the build made.</summary>
    public static string Real =>
        Path.Combine(AppContext.BaseDirectory, "runtimes", NativeLibraryFinder.RuntimeIdentifier, "native", NativeLibraryFinder.FileName);

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Makes one in a folder; returns its path, and what must be said of it.</summary>
    public static (string Path, string Expected) Make(string kind, string folder)
    {
        var path = Path.Combine(folder, "libnativernn.so");
        var (expected, make) = Table[kind];
        make(path);
        return (path, expected);
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The header of an ELF program without any contents.</summary>
    private static byte[] Header(byte bits, byte machine) =>
        [0x7F, .. "ELF"u8, bits, 1, 1, .. new byte[9], 2, 0, machine, 0, 1, .. new byte[43]];

    private static void Flip(string path, Func<int, int> place)
    {
        var bytes = File.ReadAllBytes(Real);
        bytes[place(bytes.Length)] ^= 4;
        File.WriteAllBytes(path, bytes);
    }

    private static void WithoutDependency(string path)
    {
        var dependency = Path.Combine(Path.GetDirectoryName(path)!, "libnrnnnone.so");
        Compile(dependency, "int none(void) { return 1; }");
        Compile(path, "int none(void); int some(void) { return none(); }", dependency);
        File.Delete(dependency);
    }

    /// <summary>A library that ends with its hash, as the build of the real one sees to.</summary>
    private static void Compile(string path, string source, params string[] more)
    {
        var code = path + ".c";
        File.WriteAllText(code, source);
        Run("cc", ["-shared", "-fPIC", "-o", path, code, .. more]);
        File.Delete(code);
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        File.AppendAllText(path, "nativernn-sha256:" + hash);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
