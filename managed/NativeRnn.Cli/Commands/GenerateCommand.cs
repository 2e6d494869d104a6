using System.CommandLine;
using NativeRnn.Models;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn generate DIR --prime TEXT</c>.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A run's folder or a model file." };
        var prime = new Option<string?>("--prime") { HelpName = "TEXT", Description = "How the text begins; default: a line break, or the first character that the model knows." };
        var length = new Option<int>("--length") { HelpName = "N", Description = "Characters or words to add, as the model has them.", DefaultValueFactory = _ => 500 };
        var temperature = new Option<double>("--temperature") { HelpName = "X", Description = "Below 1 bolder, above 1 wilder, 0 always the likeliest.", DefaultValueFactory = _ => 0.8 };
        var topK = new Option<int>("--top-k") { HelpName = "K", Description = "Draw from the k likeliest only; 0 for all." };
        var seed = new Option<ulong>("--seed") { HelpName = "N", Description = "Seed of the draws.", DefaultValueFactory = _ => 1 };
        length.Validators.Add(option => Validate.AtLeast(option, 1L));
        temperature.Validators.Add(option => Validate.AtLeast(option, 0.0));
        topK.Validators.Add(option => Validate.AtLeast(option, 0L));
        directory.Validators.Add(Validate.NotEmpty);
        var command = new Command("generate", "Lets a model write.") { directory, prime, length, temperature, topK, seed };
        var backend = new BackendSettings(command);
        command.SetAction(result =>
        {
            using var computes = backend.Create(result);
            using var model = RunModel.Load(result.GetRequiredValue(directory), computes);
            RunModel.RequirePass(model, steps: 1, rows: 1);
            var sampling = new Sampling(result.GetValue(temperature), result.GetValue(topK), result.GetValue(seed));
            Write(model, result.GetValue(prime) ?? model.Vocabulary.DefaultPrime, result.GetValue(length), sampling);
            return 0;
        });
        return command;
    }

    /// <summary>Prints prime and continuation as it is drawn.</summary>
    public static void Write(LanguageModel model, string prime, int length, Sampling sampling)
    {
        using var generator = new TextGenerator(model, prime, sampling);
        Console.Out.Write(prime);
        for (var i = 0; i < length; i++)
            Console.Out.Write(generator.NextText());
        Console.Out.WriteLine();
    }
}
