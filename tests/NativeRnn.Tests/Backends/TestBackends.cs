using NativeRnn.Backends;
using NativeRnn.Backends.Native;

namespace NativeRnn.Tests.Backends;

/// <summary>The backends that tests run on: <c>native/ISA</c> for every instruction set of the machine, managed, managed-blas.</summary>
public static class TestBackends
{
    /// <summary>All that this machine has. Without the native library there is still one native row, which then fails.</summary>
    public static TheoryData<string> All => [.. NativeRows(), "managed", .. BlasRows()];

    /// <summary>Those that are compared with the managed one.</summary>
    public static TheoryData<string> AllButManaged => [.. NativeRows(), .. BlasRows()];

    public static TheoryData<string> Native => [.. NativeRows()];

    /// <summary>Every row with every number below <paramref name="count"/>.</summary>
    public static TheoryData<string, int> Times(TheoryData<string> rows, int count)
    {
        var product = new TheoryData<string, int>();
        foreach (var row in rows)
        {
            for (var i = 0; i < count; i++)
                product.Add(row, i);
        }
        return product;
    }

    /// <summary>Creates the backend of a row; those that compute on one thread have one whatever is asked for.</summary>
    public static IBackend Create(string row, int threads = 1)
    {
        var parts = row.Split('/');
        var options = new BackendOptions { Name = parts[0], Isa = parts.Length > 1 ? parts[1] : null };
        return Backend.Create(parts[0] == "native" ? options with { Threads = threads } : options);
    }

    public static NativeBackend CreateNative(string row, int threads = 1) => (NativeBackend)Create(row, threads);

    private static string[] NativeRows()
    {
        try
        {
            using var native = new NativeBackend(new BackendOptions { Threads = 1 });
            return [.. native.Info.Isas.Select(isa => $"native/{isa}")];
        }
        catch (BackendException)
        {
            return ["native"];
        }
    }

    /// <summary>managed-blas is for measuring and needs a library that a machine may lack.</summary>
    private static string[] BlasRows()
    {
        try
        {
            using var blas = Backend.Create(new BackendOptions { Name = "managed-blas" });
            return ["managed-blas"];
        }
        catch (BackendException)
        {
            return [];
        }
    }
}
