using NativeRnn.Backends;

namespace NativeRnn.Models;

/// <summary>The parameters of one recurrent layer; empty where it has no such.</summary>
internal sealed class LayerParameters
{
    private readonly Parameter?[] _byRole = new Parameter?[Enum.GetValues<RecurrentRole>().Length];

    /// <summary>Puts the arena's parameters, from <paramref name="first"/>, to the layer's roles.</summary>
    public LayerParameters(in RecurrentShape shape, IReadOnlyList<Parameter> arena, int first)
    {
        foreach (var parameter in RecurrentParameter.Of(shape))
            _byRole[(int)parameter.Role] = arena[first++];
    }

    public ReadOnlySpan<float> Values(RecurrentRole role) => _byRole[(int)role] is { } parameter ? parameter.Values : default;

    public Span<float> Gradients(RecurrentRole role) => _byRole[(int)role] is { } parameter ? parameter.Gradients : default;
}
