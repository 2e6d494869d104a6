namespace NativeRnn.Recipes;

/// <summary>The optimizers that a recipe can name.</summary>
public enum OptimizerKind
{
    /// <summary>Adam; see <see cref="Backends.AdamRule"/>.</summary>
    Adam,

    /// <summary>Stochastic gradient descent, with momentum if asked for; see <see cref="Backends.SgdRule"/>.</summary>
    Sgd,
}
