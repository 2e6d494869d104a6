using NativeRnn.Backends.Blas;
using NativeRnn.Backends.Managed;
using NativeRnn.Backends.Native;

namespace NativeRnn.Backends;

/// <summary>Creates backends.</summary>
public static class Backend
{
    private static readonly (string Name, Func<BackendOptions, IBackend> Create)[] Table =
    [
        ("native", options => new NativeBackend(options)),
        ("managed", _ => new ManagedBackend("managed", new ManagedProduct<float>())),
        ("managed-blas", _ => new ManagedBackend("managed-blas", new CblasProduct())),
    ];

    /// <summary>The names that <see cref="BackendOptions.Name"/> may have.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Select(row => row.Name)];

    /// <summary>Creates the backend that <paramref name="options"/> name: the native one by default.</summary>
    /// <exception cref="BackendException">
    /// There is no such backend, or it cannot be used here or as asked. Another is never taken instead.
    /// </exception>
    public static IBackend Create(BackendOptions? options = null)
    {
        options ??= new BackendOptions();
        foreach (var (name, create) in Table)
        {
            if (name != options.Name)
                continue;
            if (options.Isa is { } isa && name != "native")
                throw new BackendException($"the instruction set '{isa}' can be asked of the native backend only, not of {name}");
            if (options.Threads > 1 && name != "native")
                throw new BackendException($"{options.Threads} threads can be asked of the native backend only; {name} computes on one");
            return create(options);
        }
        var near = EditDistance.Nearest(options.Name, Names, name => name);
        throw new BackendException(
            $"unknown backend '{options.Name}'; {(near is null ? "there" : $"did you mean '{near}'? There")} are {string.Join(", ", Names)}");
    }
}
