using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;

namespace NativeRnn.Training;

/// <summary>
/// Trains a <see cref="LanguageModel"/> by stateful truncated back-propagation through time (Williams and Peng 1990; Mikolov et al. 2010):
/// the text is cut into B contiguous streams; every step reads T tokens of each and carries the state on, gradients stop at the cut. Each
/// epoch starts from a zero state and drops the last incomplete step. Steps allocate nothing.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly ILogger _logger;
    private readonly LanguageModelPass _pass;
    private readonly Lifetime _lifetime;
    private LanguageModelPass? _evaluationPass;
    private bool _averaged;

    /// <summary>Prepares the memory for training.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="optimizer">The update rule; stays the caller's.</param>
    /// <param name="options">Batch, steps, epochs; null for the defaults.</param>
    /// <param name="logger">Told about each evaluation; null for silence.</param>
    /// <exception cref="ArgumentException">Batch and steps are too many for this model, or it cannot be regularized so.</exception>
    /// <exception cref="InvalidOperationException">The optimizer has worked on another model before.</exception>
    public Trainer(LanguageModel model, Optimizer optimizer, TrainingOptions? options = null, ILogger<Trainer>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        options ??= new TrainingOptions();
        options.RequireAddressable(model.Options, nameof(options));
        (Model, Optimizer, Options, _logger) = (model, optimizer, options, logger ?? NullLogger<Trainer>.Instance);
        using var use = model.Use();
        _lifetime = new Lifetime(this, Free);
        optimizer.Bind(model);
        options.Regularization.Require(model.Options, nameof(options));
        _pass = model.CreatePass(options.Bptt, options.Batch, training: true, options.Regularization);
    }

    /// <summary>Called every <see cref="TrainingOptions.ReportEvery"/> steps and after each evaluation, on the training thread.</summary>
    public event Action<TrainingReport>? Reported;

    /// <summary>Called when a run should be saved: every <see cref="TrainingOptions.CheckpointEvery"/> steps, after each epoch, on cancellation.</summary>
    public event Action? CheckpointDue;

    /// <summary>Called when an evaluation gave the lowest validation loss so far.</summary>
    public event Action? Improved;

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>The update rule.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>Batch, steps, epochs.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Where the time of the steps is written down; null, as at first, for nowhere.</summary>
    public StepProfile? Profile
    {
        get => _pass.Profile;
        set => _pass.Profile = value;
    }

    /// <summary>Where the run stands.</summary>
    public TrainingProgress Progress { get; } = new();

    /// <summary>Updates of the whole run; 0 before <see cref="Fit(int[], int[], CancellationToken)"/> has seen the data.</summary>
    public long TotalSteps { get; private set; }

    /// <summary>The recurrent state that is carried from step to step.</summary>
    public RecurrentState State => _pass.State;

    /// <summary>Trains until the last epoch is done, going on from <see cref="Progress"/>.</summary>
    /// <param name="train">Tokens to learn from.</param>
    /// <param name="validation">Tokens held out, evaluated after each epoch; may be empty.</param>
    /// <param name="cancellation">Stops after the step under way, once the checkpoint is due and written.</param>
    /// <exception cref="ArgumentException">A token is not in the vocabulary.</exception>
    /// <exception cref="DataException">The training tokens fill no step, or there is a single validation token.</exception>
    /// <exception cref="TrainingException">The loss or a gradient is no longer a finite number; that step's update is not made.</exception>
    /// <exception cref="OperationCanceledException">Training was stopped.</exception>
    /// <exception cref="InvalidOperationException">It is training already: this was called from one of its events, or on another thread.</exception>
    public void Fit(int[] train, int[] validation, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentChecks.Indices(train, Model.Vocabulary.Count, nameof(train));
        ArgumentChecks.Indices(validation, Model.Vocabulary.Count, nameof(validation));
        Run(train, validation, cancellation);
    }

    /// <summary>Trains on a corpus: <see cref="Fit(int[], int[], CancellationToken)"/> with its two parts.</summary>
    /// <exception cref="ArgumentException">The corpus is not in the model's vocabulary.</exception>
    public void Fit(TextCorpus corpus, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        if (!corpus.Vocabulary.Equals(Model.Vocabulary))
            throw new ArgumentException("the corpus has another vocabulary than the model, whose tokens mean something else; load it with that of the model", nameof(corpus));
        ArgumentChecks.Indices(corpus.Train, Model.Vocabulary.Count, nameof(corpus));
        ArgumentChecks.Indices(corpus.Validation, Model.Vocabulary.Count, nameof(corpus));
        Run(corpus.Train, corpus.Validation, cancellation);
    }

    /// <summary>
    /// Predicts every token from those before it, in as many streams as in training, from a zero state that is its own. Where the optimizer
    /// averages parameters, the average predicts.
    /// </summary>
    /// <exception cref="ArgumentException">A token is not in the vocabulary.</exception>
    /// <exception cref="DataException">There are fewer than two tokens.</exception>
    public Evaluation Evaluate(int[] tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentChecks.Indices(tokens, Model.Vocabulary.Count, nameof(tokens));
        using var call = _lifetime.Enter();
        return WithAverage(() =>
        {
            if (tokens.Length <= Options.Batch)
                return Evaluator.Evaluate(Model, tokens, Options.Bptt, Options.Batch);
            _evaluationPass ??= Model.CreatePass(Options.Bptt, Options.Batch, training: false);
            return Evaluator.Evaluate(tokens, _evaluationPass);
        });
    }

    /// <summary>Frees the memory for training; model and optimizer stay. A <see cref="Fit(TextCorpus, CancellationToken)"/> on another thread ends.</summary>
    public void Dispose() => _lifetime.Dispose();

    private void Free()
    {
        _pass.Dispose();
        _evaluationPass?.Dispose();
    }

    private void Run(int[] train, int[] validation, CancellationToken cancellation)
    {
        using var call = _lifetime.EnterAlone("this trainer is at work already; let its Fit or Evaluate return first, or stop Fit by its cancellation token");
        using var model = Model.Use();
        using var optimizer = Optimizer.Use();
        if (validation.Length > 0)
            Evaluator.RequireTokens(validation.Length, "the validation tokens");
        var streams = new TokenStreams(train, Options.Batch);
        streams.Require(Options.Bptt);
        var stepsPerEpoch = streams.StreamLength / Options.Bptt;
        TotalSteps = (long)stepsPerEpoch * Options.Epochs;
        while (Progress.Epoch <= Options.Epochs)
        {
            cancellation.ThrowIfCancellationRequested();
            TrainEpoch(streams, stepsPerEpoch, cancellation);
            FinishEpoch(validation);
        }
    }

    /// <summary>Does the steps of the epoch that are left. The last one is saved by <see cref="FinishEpoch"/>, with the evaluation.</summary>
    private void TrainEpoch(TokenStreams streams, int stepsPerEpoch, CancellationToken cancellation)
    {
        if (Progress.StepInEpoch == 0)
            State.Reset();
        Optimizer.RateFactor = Options.RateFactor(Progress.Epoch);
        using var batches = new BatchReader(streams, Options.Bptt, (int)Progress.StepInEpoch, stepsPerEpoch);
        var (clock, stepsBefore) = (Stopwatch.GetTimestamp(), Progress.Step);
        Profile?.Start();
        while (Progress.StepInEpoch < stepsPerEpoch)
        {
            _lifetime.ThrowIfDisposed();
            var norm = TrainStep(batches);
            var last = Progress.StepInEpoch == stepsPerEpoch;
            if (last || Progress.StepsSinceReport >= Options.ReportEvery)
            {
                var speed = (double)(Progress.Step - stepsBefore) * Options.Bptt * Options.Batch / Stopwatch.GetElapsedTime(clock).TotalSeconds;
                ReportTraining(norm, speed);
                (clock, stepsBefore) = (Stopwatch.GetTimestamp(), Progress.Step);
            }
            if (last)
                return;
            var due = Options.CheckpointEvery > 0 && Progress.Step % Options.CheckpointEvery == 0;
            if (due || cancellation.IsCancellationRequested)
                Checkpoint();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private double TrainStep(BatchReader batches)
    {
        Profile?.Lap(StepPart.Rest);
        var (inputs, targets) = batches.Next();
        Profile?.Lap(StepPart.Data);
        Model.Parameters.ClearGradients();
        Profile?.Lap(StepPart.Optimizer);
        _pass.Step = Progress.Step;
        _pass.Forward(inputs);
        var loss = _pass.Loss(targets, Options.Reduction);
        _pass.Backward();
        var norm = Model.GradientNorm();
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            throw Diverged(Progress.Step + 1, $"the loss is {loss} and the gradient norm {norm}");
        Optimizer.Step(Model, Clipping.Scale(norm, Options.ClipNorm));
        Profile?.Lap(StepPart.Optimizer);
        Profile?.Count();
        Progress.LossSum += loss;
        Progress.Step++;
        Progress.StepInEpoch++;
        Progress.StepsSinceReport++;
        return norm;
    }

    private void ReportTraining(double norm, double speed)
    {
        var loss = Progress.LossSum / Progress.StepsSinceReport;
        (Progress.LossSum, Progress.StepsSinceReport) = (0, 0);
        Report(DataSplit.Train, loss, speed, norm);
    }

    private void FinishEpoch(int[] validation)
    {
        if (validation.Length > 0)
            Validate(validation);
        Progress.StepInEpoch = 0;
        Progress.Epoch++;
        Checkpoint();
    }

    /// <summary>Has the run saved, unless the last update spoilt it: an earlier checkpoint is worth more.</summary>
    private void Checkpoint()
    {
        if (!double.IsFinite(Model.Backend.SumOfSquares(Model.Parameters.Values)))
            throw Diverged(Progress.Step, "a parameter is not a finite number");
        CheckpointDue?.Invoke();
    }

    private static TrainingException Diverged(long step, string what) =>
        new($"step {step}: {what}; start a new run with a lower learning rate or clip_norm (checkpoints made before are untouched)");

    private void Validate(int[] validation)
    {
        var start = Stopwatch.GetTimestamp();
        var evaluation = Evaluate(validation);
        var speed = evaluation.Tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Report(DataSplit.Validation, evaluation.Loss, speed, double.NaN);
        _logger.LogInformation("epoch {Epoch}: validation loss {Loss:F4} nats", Progress.Epoch, evaluation.Loss);
        if (evaluation.Loss < Progress.BestValidationLoss)
        {
            (Progress.BestValidationLoss, Progress.BestStep) = (evaluation.Loss, Progress.Step);
            WithAverage(() =>
            {
                Improved?.Invoke();
                return 0;
            });
        }
        Progress.Validations = [.. Progress.Validations, new(Progress.Step, evaluation.Loss)];
        Optimizer.Observe(Progress.Validations);
    }

    /// <summary>Runs what looks at the model with the averaged parameters in it, where there are any.</summary>
    private T WithAverage<T>(Func<T> look)
    {
        using var model = Model.Use();
        using var optimizer = Optimizer.Use();
        if (_averaged || Optimizer.AveragedParameters.IsEmpty)
            return look();
        Swap();
        _averaged = true;
        try
        {
            return look();
        }
        finally
        {
            _averaged = false;
            Swap();
        }

        void Swap() => Model.Parameters.Swap(Optimizer.AveragedParameters);
    }

    private void Report(DataSplit split, double loss, double speed, double norm) =>
        Reported?.Invoke(new TrainingReport(Progress.Step, TotalSteps, Progress.Epoch, split, loss, speed, norm,
            Optimizer.Rate));
}
