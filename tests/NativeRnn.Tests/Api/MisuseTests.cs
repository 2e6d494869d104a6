using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;
using NativeRnn.Training;

namespace NativeRnn.Tests.Api;

/// <summary>Calls in an order, or from a place, that cannot be say so, change nothing, and never reach memory that is gone.</summary>
public sealed class MisuseTests : IDisposable
{
    private readonly Samples _samples = new();

    public static TheoryData<string> Disposables => ["model", "trainer", "optimizer", "backend"];

    public void Dispose() => _samples.Dispose();

    [Fact]
    public void An_optimizer_that_refused_a_step_is_free_for_another_model()
    {
        using var optimizer = new Adam();
        using var gone = NewModel();
        Assert.Equal("gradientScale", Assert.ThrowsAny<ArgumentException>(() => optimizer.Step(gone, double.NaN)).ParamName);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => optimizer.Step(gone));
        Assert.Throws<ObjectDisposedException>(() => new Trainer(gone, optimizer));
        Assert.Equal(0, optimizer.Steps);
        optimizer.Step(_samples.Of<LanguageModel>());
        Assert.Equal(1, optimizer.Steps);
    }

    [Fact]
    public void A_step_that_the_backend_cannot_do_is_not_counted()
    {
        using var backend = Backend.Create(new BackendOptions { Name = "managed" });
        using var model = NewModel(backend);
        using var optimizer = new Adam();
        backend.Dispose();
        Assert.Throws<ObjectDisposedException>(() => optimizer.Step(model));
        Assert.Equal(0, optimizer.Steps);
    }

    [Fact]
    public void A_factor_that_makes_the_rate_infinite_is_refused()
    {
        using var optimizer = new Sgd(1e30);
        Assert.Equal(nameof(Optimizer.RateFactor), Assert.ThrowsAny<ArgumentException>(() => optimizer.RateFactor = 1e30).ParamName);
        Assert.Equal(1, optimizer.RateFactor);
    }

    [Fact]
    public void Fit_from_its_own_event_is_refused_and_training_goes_on()
    {
        var (trainer, corpus) = (_samples.Of<Trainer>(), _samples.Of<TextCorpus>());
        var errors = new List<Exception>();
        trainer.Reported += _ => errors.Add(Assert.Throws<InvalidOperationException>(() => trainer.Fit(corpus)));
        trainer.Fit(corpus);
        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.Contains("let its Fit", error.Message, StringComparison.Ordinal));
        Assert.Equal(trainer.TotalSteps, trainer.Progress.Step);
    }

    [Fact]
    public void A_corpus_that_is_not_the_models_is_refused()
    {
        var trainer = _samples.Of<Trainer>();
        var other = TextCorpus.FromText(new string('a', 1_000) + "b", "other"); // its tokens would all be known
        Assert.Equal("corpus", Assert.ThrowsAny<ArgumentException>(() => trainer.Fit(other)).ParamName);
        var spoilt = TextCorpus.FromText(string.Concat(Enumerable.Repeat("the state ", 100)), "spoilt", vocabulary: _samples.Of<Vocabulary>());
        spoilt.Train[5] = -1;
        Assert.Equal("corpus", Assert.ThrowsAny<ArgumentException>(() => trainer.Fit(spoilt)).ParamName);
        Assert.Equal(0, trainer.Progress.Step);
    }

    [Fact]
    public void A_single_token_to_validate_on_is_refused_before_training()
    {
        var trainer = _samples.Of<Trainer>();
        Assert.Throws<DataException>(() => trainer.Fit(_samples.Of<int[]>(), [1]));
        Assert.Equal(0, trainer.Progress.Step);
    }

    [Fact]
    public void A_recipe_that_no_file_can_hold_is_not_written()
    {
        var recipe = _samples.Of<Recipe>();
        var error = Assert.Throws<InvalidOperationException>(() => (recipe with { Model = recipe.Model with { InitScale = double.NaN } }).ToJson());
        Assert.Contains("model.init_scale is NaN", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_model_that_diverged_writes_nothing(float value)
    {
        var model = _samples.Of<LanguageModel>();
        model.Parameters["decoder.bias"].Write()[2] = value;
        Assert.Throws<TrainingException>(() => model.Generate("a", 1, temperature: 0));
    }

    [Fact]
    public void The_instruction_set_has_no_null_character() =>
        Assert.Throws<BackendException>(() => Backend.Create(new BackendOptions { Isa = "scalar\0junk" }).Dispose());

    [Fact]
    public void Metadata_of_a_file_that_was_read_go_into_another()
    {
        var path = Path.Combine(_samples.NewFolder(), "model.safetensors");
        _samples.Of<LanguageModel>().Save(path);
        var entry = SafetensorsEntry.Floats("a", [2], () => new float[2]);
        entry.Shape[0] = 3; // a copy
        SafetensorsWriter.Write(path, SafetensorsFile.Read(path).Metadata, [entry]);
        Assert.Equal(2, SafetensorsFile.Read(path).Tensors["a"].Length);
    }

    [Fact]
    public void The_state_of_a_pass_is_one_object()
    {
        var pass = _samples.Of<LanguageModelPass>();
        var state = pass.State;
        state.Reset();
        pass.Forward([0]);
        var first = state.Hidden.ToArray();
        Assert.DoesNotContain(first, value => value == 0);
        state.Reset(); // of what the next call starts from
        pass.Forward([0]);
        Assert.Equal(first, state.Hidden.ToArray());
    }

    /// <summary>Who leaves a <c>using</c> block while training runs elsewhere would otherwise free what it computes with.</summary>
    [Theory]
    [MemberData(nameof(Disposables))]
    public async Task What_another_thread_disposes_ends_training_with_an_exception(string which)
    {
        using var backend = Backend.Create(new BackendOptions { Threads = 1 });
        using var model = NewModel(backend);
        using var optimizer = new Adam();
        using var trainer = new Trainer(model, optimizer, new TrainingOptions { Batch = 1, Bptt = 500, Epochs = 100_000, ReportEvery = 1 });
        var owner = which switch { "model" => model, "trainer" => trainer, "optimizer" => optimizer, _ => (IDisposable)backend };
        using var begun = new ManualResetEventSlim();
        trainer.Reported += _ => begun.Set();
        var corpus = _samples.Of<TextCorpus>();
        var fit = Task.Run(() => trainer.Fit(corpus));
        begun.Wait();
        owner.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => fit);
        owner.Dispose();
    }

    [Fact]
    public async Task A_pass_that_another_thread_uses_is_refused()
    {
        using var pass = _samples.Of<LanguageModel>().CreatePass(50, 20);
        var inputs = new int[1000];
        using var stop = new CancellationTokenSource();
        var busy = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                Record.Exception(() => pass.Forward(inputs));
        });
        InvalidOperationException? error = null;
        while (error is null)
            error = (InvalidOperationException?)Record.Exception(() => pass.Forward(inputs));
        await stop.CancelAsync();
        await busy;
        Assert.Contains("for each thread", error.Message, StringComparison.Ordinal);
    }

    private LanguageModel NewModel(IBackend? backend = null) =>
        new(_samples.Of<Vocabulary>(), new LanguageModelOptions { Embedding = 30, Hidden = 40 }, backend ?? _samples.Backend);
}
