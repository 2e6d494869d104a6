namespace NativeRnn.Tests.Recipes;

/// <summary>Recipes that several tests use, and where the repository's own are.</summary>
internal static class RecipeSamples
{
    /// <summary>States what must be stated.</summary>
    public const string Minimal =
        """
        {
          "task": "language-model",
          "data": { "tokenizer": "characters" },
          "model": { "embedding": 8, "hidden": 16 },
          "training": {
            "optimizer": { "kind": "adam", "learning_rate": 0.01 }
          }
        }
        """;

    /// <summary>States every field that can stand beside the others, none at its default.</summary>
    public const string Full =
        """
        {
          "$schema": "x",
          "task": "language-model",
          "name": "n 😀",
          "seed": 9007199254740991,
          "data": {
            "tokenizer": "words", "vocabulary_size": 1000, "min_count": 2,
            "train_file": "a.txt", "validation_file": "b.txt", "test_file": "c.txt"
          },
          "model": {
            "embedding": 2, "cell": "lstm_peephole", "hidden": 4, "layers": 2, "projection": 2, "gate_activation": "hard_sigmoid",
            "candidate_activation": "leaky_relu(0.25)", "output_activation": "softsign", "clip": 3, "zoneout_cell": 0.25,
            "tie_weights": true, "init_scale": 0.05
          },
          "training": {
            "batch": 5,
            "bptt": 6,
            "epochs": 7,
            "reduction": "sum",
            "clip_norm": 0.5,
            "report_every": 8,
            "checkpoint_every": 9,
            "optimizer": { "kind": "sgd", "learning_rate": 1e-3, "momentum": 0.9, "nesterov": true, "weight_decay": 0.125 },
            "regularization": {
              "input_dropout": 0.1, "layer_dropout": 0.2, "output_dropout": 0.3, "variational": true, "recurrent_dropout": 0.4,
              "embedding_dropout": 0.5, "weight_drop": 0.6, "activation_penalty": 2, "temporal_penalty": 1
            },
            "decay": { "factor": 0.75, "after_epoch": 2 }
          }
        }
        """;
}
