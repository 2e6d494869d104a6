using System.Globalization;
using NativeRnn.Models;

namespace NativeRnn.Cli.Display;

/// <summary>Prints where the time of training steps went.</summary>
internal static class ProfileText
{
    private static readonly (StepPart Part, string Name, bool Kernel)[] Rows =
    [
        (StepPart.RecurrentForward, "recurrent layers, forward", true),
        (StepPart.RecurrentBackward, "recurrent layers, backward", true),
        (StepPart.OutputAndLoss, "output layer and loss", true),
        (StepPart.Embedding, "embedding", false),
        (StepPart.Packing, "packing", false),
        (StepPart.Optimizer, "clearing, norm, update", false),
        (StepPart.Data, "waiting for data", false),
        (StepPart.Rest, "rest", false),
    ];

    /// <summary>A line per part; nothing where there is no profile or no step.</summary>
    public static void Write(StepProfile? profile, TextWriter output)
    {
        if (profile is null || profile.Steps == 0)
            return;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a step takes {Milliseconds(profile.Total, profile):F3} ms, the mean of {profile.Steps}:"));
        foreach (var (part, name, _) in Rows)
            Line(name, profile.Of(part));
        Line("outside recurrent layers, output layer and loss", Sum(profile));

        void Line(string name, TimeSpan time) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {Milliseconds(time, profile),9:F3} ms {100 * (time / profile.Total),5:F1} %  {name}"));
    }

    private static TimeSpan Sum(StepProfile profile) =>
        Rows.Where(row => !row.Kernel).Aggregate(TimeSpan.Zero, (sum, row) => sum + profile.Of(row.Part));

    private static double Milliseconds(TimeSpan time, StepProfile profile) => time.TotalMilliseconds / profile.Steps;
}
