namespace NativeRnn.Cli.Benchmarking;

/// <summary>Everything that <c>nativernn bench</c> found out.</summary>
/// <param name="Settings">How much was measured.</param>
/// <param name="Machine">Where.</param>
/// <param name="Backends">The backends that were measured, as they describe themselves.</param>
/// <param name="BlasProblem">Why managed-blas is not among them; null when it is.</param>
internal sealed record BenchReport(
    BenchSettings Settings, BenchMachine Machine, IReadOnlyList<(string Name, int Threads, string Description)> Backends,
    string? BlasProblem)
{
    /// <summary>The layers, shape by shape.</summary>
    public List<LayerResult> Layers { get; } = [];

    /// <summary>Training, backend by backend.</summary>
    public List<TrainingResult> Training { get; } = [];

    /// <summary>Measures. Every part is told to <paramref name="display"/> as soon as it is known.</summary>
    public static BenchReport Measure(BenchSettings settings, BenchText display)
    {
        using var backends = BenchBackends.Create(settings.Isa);
        var report = new BenchReport(
            settings, BenchMachine.Read(backends.Native.Info),
            [.. backends.All.Select(backend => (backend.Name, backend.Threads, backend.Backend.Description))], backends.BlasProblem);
        display.Head(report);
        LayerBenchmark.WarmUp(backends, settings);
        display.LayerHead();
        foreach (var shape in settings.Shapes)
        {
            var results = LayerBenchmark.Measure(shape, backends, settings);
            report.Layers.AddRange(results);
            display.Layers(results);
        }
        report.Training.AddRange(TrainingBenchmark.Measure(backends, settings));
        display.Training(report.Training);
        return report;
    }
}
