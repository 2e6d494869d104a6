using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NativeRnn.Backends.Native;

/// <summary>
/// The native library as a resource of the program, which makes the published command one file. The loader wants a path, and a read-only
/// system has no folder to unpack to, so the library goes into a file in memory that only this process sees.
/// </summary>
internal static partial class EmbeddedLibrary
{
    private const uint CloseOnExec = 1;

    /// <summary>A path from which the library can be loaded as long as the process lives; null where the program carries none.</summary>
    public static string? Open(string name)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        using var resource = Assembly.GetEntryAssembly()?.GetManifestResourceStream(name);
        if (resource is null)
            return null;
        var descriptor = MemoryFile(name, CloseOnExec);
        if (descriptor < 0)
            return null;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        using var file = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        resource.CopyTo(file);
        return $"/proc/self/fd/{descriptor}";
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemoryFile(string name, uint flags);
}
