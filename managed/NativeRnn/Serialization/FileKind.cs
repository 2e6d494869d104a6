using System.Runtime.InteropServices;

namespace NativeRnn.Serialization;

/// <summary>
/// Tells files from what else a path may lead to, without opening it: opening a pipe waits for its writer, and opening a device may do things.
/// </summary>
internal static unsafe partial class FileKind
{
    public const string Folder = "a folder";

    private const int AccessDenied = 13; // EACCES
    private const int CurrentFolder = -100, TypeWanted = 1; // AT_FDCWD and STATX_TYPE of statx(2)
    private const int StatusBytes = 256, ModeOffset = 28, TypeMask = 0xF000;

    /// <summary>
    /// What <paramref name="path"/> leads to, if that is not a file: "a folder", "a pipe", … Null for a file, where there is nothing, and where
    /// the system does not tell.
    /// </summary>
    public static string? OtherThanFile(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Directory.Exists(path) ? Folder : null;
        var status = stackalloc byte[StatusBytes];
        if (Status(CurrentFolder, Path.GetFullPath(path), 0, TypeWanted, status) != 0)
            return null;
        return (*(ushort*)(status + ModeOffset) & TypeMask) switch
        {
            0x4000 => Folder,
            0x1000 => "a pipe",
            0xC000 => "a socket",
            0x2000 or 0x6000 => "a device",
            _ => null,
        };
    }

    /// <summary>Whether this user may not see what is at <paramref name="path"/>, which everything else takes for nothing there.</summary>
    public static bool IsDenied(string path)
    {
        var status = stackalloc byte[StatusBytes];
        return OperatingSystem.IsLinux() && Status(CurrentFolder, Path.GetFullPath(path), 0, TypeWanted, status) != 0
            && Marshal.GetLastPInvokeError() == AccessDenied;
    }

    // Not stat(2): the layout of its result differs from processor to processor.
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint wanted, byte* status);
}
