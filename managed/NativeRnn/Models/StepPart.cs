namespace NativeRnn.Models;

/// <summary>The parts of a training step that a <see cref="StepProfile"/> tells apart.</summary>
public enum StepPart
{
    /// <summary>Waiting for the next batch.</summary>
    Data,

    /// <summary>The rows of the embedding, and their gradients.</summary>
    Embedding,

    /// <summary>Bringing the recurrent weights into the order of the kernels.</summary>
    Packing,

    /// <summary>The recurrent layers, forward.</summary>
    RecurrentForward,

    /// <summary>The output layer, softmax, loss and their gradients.</summary>
    OutputAndLoss,

    /// <summary>The recurrent layers, backward.</summary>
    RecurrentBackward,

    /// <summary>Gradients: clearing, norm, clipping, update.</summary>
    Optimizer,

    /// <summary>Reports, checkpoints, and all else between the first and the last step of an epoch.</summary>
    Rest,
}
