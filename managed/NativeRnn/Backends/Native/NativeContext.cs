using System.Runtime.InteropServices;
using System.Text;

namespace NativeRnn.Backends.Native;

/// <summary>Creates contexts of the native library and turns its statuses into exceptions.</summary>
internal static unsafe class NativeContext
{
    public const string IsaVariable = "NATIVERNN_ISA";
    public const string ThreadsVariable = "NATIVERNN_THREADS";

    /// <summary>Loads the library unless done; without it, no function of it may be called.</summary>
    public static void Load() => NativeLibraryResolver.Load(NativeMethods.Library, NativeLibraryFinder.Load);

    /// <summary>Loads the library unless done and creates a context.</summary>
    public static NativeContextHandle Create(BackendOptions options)
    {
        Load();
        var isa = options.Isa ?? Environment.GetEnvironmentVariable(IsaVariable);
        var status = TryCreate(isa, Threads(options), out var context);
        if (status == nrnn_status.NRNN_NO_ISA)
            throw UnknownIsa(isa, options.Isa is null ? $"{IsaVariable} asks for" : "asked for");
        if (status == nrnn_status.NRNN_NO_MEMORY)
            throw new BackendException("the native backend has no room for its threads, each of which takes 140 MiB of addresses (ulimit -v); "
                + "raise the limit, ask for fewer threads, or take the backend managed");
        Check((int)status, nameof(NativeMethods.nrnn_context_create));
        return new NativeContextHandle(context);
    }

    public static NativeInfo Info(NativeContextHandle context)
    {
        nrnn_info info;
        Check(NativeMethods.nrnn_context_info(context, &info), nameof(NativeMethods.nrnn_context_info));
        return new NativeInfo(Text(info.isa), Text(info.isas).Split(','), info.lanes, info.threads, info.abi_version, Text(info.blas_core),
            Text(info.blas_version));
    }

    /// <summary>The one table from status to exception. Arguments are checked before a call, so that a bad one is a bug here.</summary>
    public static void Check(int status, string function)
    {
        if (status == (int)nrnn_status.NRNN_OK)
            return;
        var message = $"{function}: {Text(NativeMethods.nrnn_status_text(status))}";
        throw (nrnn_status)status switch
        {
            nrnn_status.NRNN_BAD_ABI or nrnn_status.NRNN_NO_MEMORY or nrnn_status.NRNN_NO_ISA or nrnn_status.NRNN_NO_THREAD =>
                new BackendException(message),
            _ => new InvalidOperationException($"{message}; this is a bug of NativeRnn"),
        };
    }

    private static nrnn_status TryCreate(string? isa, int threads, out nint context)
    {
        nint created = 0;
        if (isa is not null && isa.Contains('\0')) // which ends the name for the library
        {
            context = 0;
            return nrnn_status.NRNN_NO_ISA;
        }
        var name = string.IsNullOrEmpty(isa) ? null : Encoding.UTF8.GetBytes(isa + '\0');
        fixed (byte* pointer = name)
        {
            var options = new nrnn_options { abi_version = NativeStructs.AbiVersion, threads = threads, isa = pointer };
            var status = NativeMethods.nrnn_context_create(&options, &created);
            context = created;
            return (nrnn_status)status;
        }
    }

    /// <summary>The library lists what it can run once it has a context, and the plain C of <c>scalar</c> runs everywhere.</summary>
    private static BackendException UnknownIsa(string? isa, string source)
    {
        Check((int)TryCreate("scalar", 1, out var context), nameof(NativeMethods.nrnn_context_create));
        using var handle = new NativeContextHandle(context);
        return new BackendException($"{source} the instruction set '{isa}', this machine can run {string.Join(", ", Info(handle).Isas)}");
    }

    private static int Threads(BackendOptions options)
    {
        if (options.Threads != 0 || Environment.GetEnvironmentVariable(ThreadsVariable) is not { Length: > 0 } text)
            return options.Threads;
        return int.TryParse(text, out var threads) && threads is >= 1 and <= BackendOptions.MostThreads
            ? threads
            : throw new BackendException($"{ThreadsVariable} is '{text}', expected a number from 1 to {BackendOptions.MostThreads}");
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
