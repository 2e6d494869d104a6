using System.Globalization;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.TestHost;
using NativeRnn.Training;

namespace NativeRnn.Tests.Training;

public class TrainerTests
{
    private static readonly TextCorpus Corpus = TextCorpus.FromText(Fixture.Text(6_000), "fixture");
    private static readonly TrainingOptions Options = new() { Batch = 7, Bptt = 13, Epochs = 2, ReportEvery = 10 };

    public static TheoryData<string> BackendNames => [.. Backend.Names];

    [Theory]
    [MemberData(nameof(BackendNames))]
    public void Learns_a_text_on_every_backend(string name)
    {
        using var run = new Run(new BackendOptions { Name = name });
        var before = run.Trainer.Evaluate(Corpus.Validation).Loss;
        run.Trainer.Fit(Corpus);
        var after = run.Trainer.Evaluate(Corpus.Validation).Loss;
        Assert.InRange(before, 2.5, 4);
        Assert.InRange(after, 0.1, 2.2);
    }

    [Theory]
    [InlineData("avx2")]
    [InlineData("scalar")]
    public void Any_number_of_threads_gives_the_same_bits(string isa)
    {
        var expected = Parameters(1);
        foreach (var threads in new[] { 2, 3, 7 })
            Assert.Equal(expected, Parameters(threads));

        // Large enough that the native library divides every product and the rows of the batch.
        float[] Parameters(int threads)
        {
            using var run = new Run(new BackendOptions { Isa = isa, Threads = threads }, hidden: 96,
                options: new TrainingOptions { Batch = 32, Bptt = 32, Epochs = 2, ClipNorm = 0.1 });
            Assert.Equal(threads, run.Model.Backend.Threads);
            run.Trainer.Fit(Corpus);
            return run.Model.Parameters.Values.ToArray();
        }
    }

    [Fact]
    public void The_seed_decides_the_bits()
    {
        Assert.Equal(Trained(1), Trained(1));
        Assert.NotEqual(Trained(1), Trained(2));

        static float[] Trained(ulong seed)
        {
            using var run = new Run(new BackendOptions { Threads = 2 }, seed);
            run.Trainer.Fit(Corpus);
            return run.Model.Parameters.Values.ToArray();
        }
    }

    [Fact]
    public void Threads_may_share_a_native_backend()
    {
        using var backend = Backend.Create(new BackendOptions { Threads = 2 });
        var sums = new double[4];
        var threads = sums.Select((_, i) => new Thread(() =>
        {
            using var model = new LanguageModel(Corpus.Vocabulary, new LanguageModelOptions { Embedding = 9, Hidden = 40 }, backend);
            using var optimizer = new Adam(0.005);
            using var trainer = new Trainer(model, optimizer, Options);
            trainer.Fit(Corpus);
            sums[i] = backend.SumOfSquares(model.Parameters.Values);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(sums, sum => Assert.Equal(sums[0], sum));
    }

    [Fact]
    public void Evaluation_has_a_state_of_its_own()
    {
        using var plain = new Run();
        plain.Trainer.Fit(Corpus.Train, []);
        using var watched = new Run();
        watched.Trainer.Reported += _ => watched.Trainer.Evaluate(Corpus.Validation);
        watched.Trainer.Fit(Corpus);
        Assert.Equal(plain.Model.Parameters.Values.ToArray(), watched.Model.Parameters.Values.ToArray());
        Assert.Equal(watched.Trainer.Evaluate(Corpus.Validation), watched.Trainer.Evaluate(Corpus.Validation));
    }

    [Fact]
    public void Reports_count_steps_and_average_the_loss()
    {
        using var run = new Run();
        List<TrainingReport> reports = [];
        run.Trainer.Reported += reports.Add;
        run.Trainer.Fit(Corpus);
        var stepsPerEpoch = (Corpus.Train.Length - 1) / Options.Batch / Options.Bptt;
        Assert.Equal(2 * stepsPerEpoch, run.Trainer.Progress.Step);
        Assert.All(reports, report => Assert.Equal(2 * stepsPerEpoch, report.TotalSteps));
        var validation = reports.Where(report => report.Split == DataSplit.Validation).ToList();
        Assert.Equal([stepsPerEpoch, 2 * stepsPerEpoch], validation.Select(report => (int)report.Step));
        Assert.Equal(validation.Min(report => report.Loss), run.Trainer.Progress.BestValidationLoss);
        Assert.All(reports, report => Assert.Equal(Math.Exp(report.Loss), report.Perplexity));
        Assert.All(reports, report => Assert.Equal(report.Loss / Math.Log(2), report.BitsPerToken));
    }

    [Fact]
    public void The_learning_rate_falls_after_the_given_epoch()
    {
        using var run = new Run(options: Options with { Epochs = 4, DecayFactor = 0.5, DecayAfterEpoch = 2 });
        Dictionary<int, double> rates = [];
        run.Trainer.Reported += report => rates[report.Epoch] = report.LearningRate;
        run.Trainer.Fit(Corpus);
        Assert.Equal([0.005, 0.005, 0.0025, 0.00125], rates.OrderBy(rate => rate.Key).Select(rate => rate.Value));
    }

    [Theory]
    [InlineData(1, null, "5 4 3 2 1")]
    [InlineData(1, 2, "5 4 6 3 2")]      // 6 is above 5, the lowest but for the last one
    [InlineData(2, 3, "5 4 4.5 6 2")]    // 4.5 is above 4, but that is not far enough back
    [InlineData(2, null, "5 4 4.5 4.9 4")]
    [InlineData(2, 4, "5 4 4.5 4.9 4.1")]
    [InlineData(1, 2, "5 4 5.1 NaN 1")]
    public void Averaging_begins_where_the_loss_stops_to_fall(int nonMonotone, int? expected, string of)
    {
        var losses = of.Split(' ').Select(loss => double.Parse(loss, CultureInfo.InvariantCulture)).ToArray();
        // What Merity, Keskar and Socher published: t > n and v > min over the losses that lie more than n back.
        int? published = null;
        for (var t = 0; t < losses.Length; t++)
        {
            if (published is null && t > nonMonotone && losses[t] > losses[..(t - nonMonotone)].Min())
                published = t;
        }
        Assert.Equal(expected, published);
        using var optimizer = new AveragedSgd(1, nonMonotone) { Steps = 100 };
        optimizer.Observe([.. losses.Select((loss, t) => new ValidationPoint(10 * t, loss))]);
        Assert.Equal(10 * expected, optimizer.AveragedAfter);
    }

    [Fact]
    public void Evaluations_are_of_the_average()
    {
        var optimizer = new AveragedSgd(1, nonMonotone: 1);
        using var run = new Run(optimizer: optimizer, options: Options with { Epochs = 1 });
        optimizer.Observe([new(0, 3), new(0, 2), new(0, 4)]);
        var sum = new double[run.Model.Parameters.Values.Length];
        run.Trainer.Reported += report =>
        {
            if (report.Split == DataSplit.Train)
                sum = [.. sum.Zip(run.Model.Parameters.Values.ToArray(), (a, b) => a + b)];
        };
        run.Trainer.Fit(Corpus.Train, []);
        var own = run.Model.Parameters.Values.ToArray();
        var loss = run.Trainer.Evaluate(Corpus.Validation).Loss;

        Assert.Equal(own, run.Model.Parameters.Values.ToArray());
        for (var i = 0; i < sum.Length; i++)
            run.Model.Parameters.Write()[i] = (float)(sum[i] / run.Trainer.Progress.Step);
        Assert.Equal(Evaluator.Evaluate(run.Model, Corpus.Validation, Options.Bptt, Options.Batch).Loss, loss, 1e-4);
        own.CopyTo(run.Model.Parameters.Write());
        Assert.NotEqual(Evaluator.Evaluate(run.Model, Corpus.Validation, Options.Bptt, Options.Batch).Loss, loss, 1e-3);
    }

    [Fact]
    public void The_gradient_norm_is_clipped()
    {
        using var free = new Run(options: Options with { ClipNorm = null }, optimizer: new Sgd(1));
        using var clipped = new Run(options: Options with { ClipNorm = 0.01 }, optimizer: new Sgd(1));
        var start = free.Model.Parameters.Values.ToArray();
        foreach (var run in new[] { free, clipped })
            StopAfterOneStep(run);
        Assert.True(Distance(free) > 0.05);
        Assert.Equal(0.01, Distance(clipped), 4);

        double Distance(Run run)
        {
            var now = run.Model.Parameters.Values.ToArray();
            return Math.Sqrt(now.Zip(start, (a, b) => Math.Pow(a - (double)b, 2)).Sum());
        }

        static void StopAfterOneStep(Run run)
        {
            using var source = new CancellationTokenSource();
            run.Trainer.Reported += _ => source.Cancel();
            Assert.Throws<OperationCanceledException>(() => run.Trainer.Fit(Corpus, source.Token));
            Assert.Equal(1, run.Trainer.Progress.Step);
        }
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_training_before_the_update()
    {
        using var run = new Run();
        run.Model.Parameters["decoder.bias"].Write()[0] = float.NaN;
        var before = run.Model.Parameters.Values.ToArray();
        var error = Assert.Throws<TrainingException>(() => run.Trainer.Fit(Corpus));
        Assert.Contains("step 1: the loss is NaN", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, run.Model.Parameters.Values.ToArray());
    }

    [Fact]
    public void Too_little_text_is_named()
    {
        using var run = new Run();
        var error = Assert.Throws<DataException>(() => run.Trainer.Fit([.. Corpus.Train[..91]], []));
        Assert.Contains("92", error.Message, StringComparison.Ordinal); // 7·13 + 1
        Assert.Throws<DataException>(() => run.Trainer.Evaluate([1]));
    }

    [Fact]
    public void An_optimizer_serves_one_model()
    {
        using var one = new Run();
        using var two = new Run();
        Assert.Throws<InvalidOperationException>(() => one.Trainer.Optimizer.Step(two.Model));
    }

    private sealed class Run : IDisposable
    {
        private readonly IBackend _backend;

        public Run(BackendOptions? backend = null, ulong seed = 1, TrainingOptions? options = null, Optimizer? optimizer = null, int hidden = 21)
        {
            _backend = Backend.Create(backend);
            Model = new LanguageModel(Corpus.Vocabulary, new LanguageModelOptions { Embedding = 9, Hidden = hidden, Layers = 2 }, _backend, seed);
            Trainer = new Trainer(Model, optimizer ?? new Adam(0.005), optimizer is null ? options ?? Options : (options ?? Options) with { ReportEvery = 1 });
        }

        public LanguageModel Model { get; }

        public Trainer Trainer { get; }

        public void Dispose()
        {
            Trainer.Dispose();
            Trainer.Optimizer.Dispose();
            Model.Dispose();
            _backend.Dispose();
        }
    }
}
