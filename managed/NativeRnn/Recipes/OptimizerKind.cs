namespace NativeRnn.Recipes;

/// <summary>The optimizers that a recipe can name; their names there are these in snake_case.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Training.Adadelta"/>.</summary>
    Adadelta,

    /// <summary><see cref="Training.Adagrad"/>.</summary>
    Adagrad,

    /// <summary><see cref="Training.Adam"/>.</summary>
    Adam,

    /// <summary><see cref="Training.AdaMax"/>.</summary>
    Adamax,

    /// <summary><see cref="Training.AdamW"/>.</summary>
    Adamw,

    /// <summary><see cref="Training.NAdam"/>.</summary>
    Nadam,

    /// <summary><see cref="Training.AveragedSgd"/>.</summary>
    NtAsgd,

    /// <summary><see cref="Training.RmsProp"/>.</summary>
    Rmsprop,

    /// <summary><see cref="Training.Sgd"/>.</summary>
    Sgd,
}
