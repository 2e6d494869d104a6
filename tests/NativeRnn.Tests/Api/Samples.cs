using System.Reflection;
using NativeRnn.Backends;
using NativeRnn.Backends.Native;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Numerics;
using NativeRnn.Recipes;
using NativeRnn.Serialization;
using NativeRnn.TestHost;
using NativeRnn.Training;

namespace NativeRnn.Tests.Api;

/// <summary>
/// Valid arguments for every public member: by member and name where the type does not tell, else by type. What stands in neither table
/// and has no default fails the tests: whoever adds to the library registers it here.
/// </summary>
internal sealed class Samples : IDisposable
{
    private readonly string _folder = Fixture.Folder(textLength: 3_000);
    private readonly Stack<IDisposable> _made = [];
    private readonly Dictionary<Type, Func<object>> _byType;
    private readonly Dictionary<string, Func<object>> _byName;
    private readonly Dictionary<Type, object> _cache = [];
    private int _folders;

    public Samples()
    {
        Backend = Keep(NativeRnn.Backends.Backend.Create(new BackendOptions { Name = "managed" }));
        Corpus = TextCorpus.FromText(Fixture.Text(3_000), "the fixture");
        _byType = new()
        {
            [typeof(int)] = () => 1,
            [typeof(long)] = () => 1L,
            [typeof(ulong)] = () => 1UL,
            [typeof(double)] = () => 0.5,
            [typeof(double?)] = () => 0.5,
            [typeof(bool)] = () => false,
            [typeof(string)] = () => "a",
            [typeof((uint, uint, uint, uint))] = () => (1u, 2u, 3u, 4u),
            [typeof((uint, uint))] = () => (1u, 2u),
            [typeof(CellKind)] = () => CellKind.Gru,
            [typeof(ActivationKind)] = () => ActivationKind.Elu,
            [typeof(Activation)] = () => Activation.Of(ActivationKind.Elu),
            [typeof(RecurrentParameter)] = () => RecurrentParameter.Of(Of<RecurrentShape>())[0],
            [typeof(RaggedBatch)] = () => new RaggedBatch([2, 0, 1]),
            [typeof(float)] = () => 0.5f,
            [typeof(OptimizerKind)] = () => OptimizerKind.Adam,
            [typeof(DataSplit)] = () => DataSplit.Train,
            [typeof(TokenizerKind)] = () => TokenizerKind.Words,
            [typeof(LossReduction)] = () => LossReduction.Sum,
            [typeof(StepPart)] = () => StepPart.Rest,
            [typeof(int[])] = () => Corpus.Train,
            [typeof(long[])] = () => new long[] { 1 },
            [typeof(ReadOnlyMemory<int>)] = () => (ReadOnlyMemory<int>)Corpus.Train,
            [typeof(IEnumerable<(string, int[])>)] = () => new[] { ("a", new[] { 2, 3 }) },
            [typeof(Action<Stream>)] = () => (Action<Stream>)(stream => stream.Write(new byte[4])),
            [typeof(Func<ReadOnlySpan<float>>)] = () => (Func<ReadOnlySpan<float>>)(() => new float[1]),
            [typeof(IReadOnlyDictionary<string, string>)] = () => new Dictionary<string, string> { ["key"] = "text" },
            [typeof(IReadOnlyList<SafetensorsEntry>)] = () => new[] { Entry },
            [typeof(IBackend)] = () => Backend,
            [typeof(NativeBackend)] = () => Keep(new NativeBackend(new BackendOptions { Threads = 1 })),
            [typeof(BackendOptions)] = () => new BackendOptions { Threads = 1 },
            [typeof(AlignedBuffer)] = () => Keep(new AlignedBuffer(1)),
            [typeof(Vocabulary)] = () => Corpus.Vocabulary,
            [typeof(CharacterVocabulary)] = () => Corpus.Vocabulary,
            [typeof(WordVocabulary)] = () => WordVocabulary.Build(Fixture.Text(3_000)),
            [typeof(SourceText)] = () => new SourceText("the fixture", Fixture.Text(3_000)),
            [typeof(TextCorpus)] = () => Corpus,
            [typeof(TokenStreams)] = () => new TokenStreams(Corpus.Train, 2),
            [typeof(ParameterArena)] = () => Keep(new ParameterArena(("a", [2, 3]))),
            [typeof(Parameter)] = () => Of<ParameterArena>().All[0],
            [typeof(LanguageModel)] = () => Keep(new LanguageModel(Corpus.Vocabulary, new LanguageModelOptions { Embedding = 2, Hidden = 3 }, Backend)),
            [typeof(LanguageModelPass)] = () => Keep(Ready(Of<LanguageModel>().CreatePass(2, 1))),
            [typeof(RecurrentState)] = () => Of<LanguageModelPass>().State,
            [typeof(StreamingSession)] = () => Keep(new StreamingSession(Of<LanguageModel>())),
            [typeof(StepProfile)] = () => new StepProfile(),
            [typeof(TextGenerator)] = () => Keep(new TextGenerator(Of<LanguageModel>(), "a", new Sampling())),
            [typeof(Sampling)] = () => new Sampling(),
            [typeof(DenseShape)] = () => new DenseShape(2, 3, 4),
            [typeof(RecurrentShape)] = () => new RecurrentShape(CellKind.Lstm, 2, 3, 4, 5),
            [typeof(LanguageModelOptions)] = () => Of<LanguageModel>().Options,
            [typeof(Recipe)] = () => RecipeFile.Parse(Fixture.Recipe, "the fixture"),
            [typeof(DataRecipe)] = () => Of<Recipe>().Data,
            [typeof(ModelRecipe)] = () => Of<Recipe>().Model,
            [typeof(TrainingRecipe)] = () => Of<Recipe>().Training,
            [typeof(OptimizerRecipe)] = () => Of<Recipe>().Training.Optimizer,
            [typeof(DecayRecipe)] = () => Of<Recipe>().Training.Decay,
            [typeof(Optimizer)] = Of<Adam>,
            [typeof(Adam)] = () => Keep(new Adam()),
            [typeof(AdaMax)] = () => Keep(new AdaMax()),
            [typeof(AdamW)] = () => Keep(new AdamW()),
            [typeof(Adadelta)] = () => Keep(new Adadelta()),
            [typeof(Adagrad)] = () => Keep(new Adagrad()),
            [typeof(AveragedSgd)] = () => Keep(new AveragedSgd(0.1)),
            [typeof(NAdam)] = () => Keep(new NAdam()),
            [typeof(RmsProp)] = () => Keep(new RmsProp()),
            [typeof(Sgd)] = () => Keep(new Sgd(0.1)), // without momentum it has no state that could tell that it is gone
            [typeof(PointwiseLossKind)] = () => PointwiseLossKind.Huber,
            [typeof(UpdateKind)] = () => UpdateKind.Adam,
            [typeof(UpdateRule)] = () => UpdateRule.Adam(1, 0.1),
            [typeof(ValidationPoint)] = () => new ValidationPoint(1, 2),
            [typeof(Regularization)] = () => new Regularization { OutputDropout = 0.5 },
            [typeof(RegularizationRecipe)] = () => Of<Recipe>().Training.Regularization,
            [typeof(TrainingOptions)] = () => new TrainingOptions { Batch = 4, Bptt = 8 },
            [typeof(Trainer)] = () => Keep(new Trainer(Of<LanguageModel>(), Of<Optimizer>(), Of<TrainingOptions>())),
            [typeof(TrainingProgress)] = () => Of<Trainer>().Progress,
            [typeof(TrainingRun)] = () => Keep(TrainingRun.Start(Of<Recipe>(), Text, Path.Combine(_folder, "run"), Backend)),
            [typeof(SafetensorsEntry)] = () => Entry,
            [typeof(SafetensorsFile)] = () => SafetensorsFile.Read(Tensors),
            [typeof(SafetensorsTensor)] = () => Of<SafetensorsFile>().Tensors["a"],
        };
        _byName = new()
        {
            ["TextFile.Read path"] = () => Text,
            ["TextCorpus.Load path"] = () => Text,
            ["SourceText.Load path"] = () => Text,
            ["RecipeFactory.LoadCorpus path"] = () => Text,
            ["SafetensorsFile.Read path"] = () => Tensors,
            ["SafetensorsWriter.Write path"] = () => Path.Combine(_folder, "written.safetensors"),
            ["SafetensorsEntry..ctor dtype"] = () => "F32",
            ["RecipeFile.Read path"] = () => Path.Combine(_folder, "recipe.json"),
            ["RecipeFile.Parse json"] = () => Fixture.Recipe,
            ["Vocabulary.FromJson json"] = () => Corpus.Vocabulary.ToJson(),
            ["CharacterVocabulary.FromJson json"] = () => Corpus.Vocabulary.ToJson(),
            ["WordVocabulary.FromJson json"] = () => Of<WordVocabulary>().ToJson(),
            ["SafetensorsTensor.ToInt64s this"] = () => Of<SafetensorsFile>().Tensors["b"],
            ["ParameterArena.get_Item name"] = () => "a",
            ["LanguageModel.Save path"] = () => Path.Combine(_folder, "saved.safetensors"),
            ["LanguageModel.Load path"] = () => Model,
            ["LanguageModel.Load backend"] = () => Backend,
            ["LanguageModel..ctor backend"] = () => Backend,
            ["TrainingRun.Start dataPath"] = () => Text,
            ["TrainingRun.Start folder"] = NewFolder,
            ["TrainingRun.Resume dataPath"] = () => Text,
            ["TrainingRun.Resume folder"] = Started,
        };
    }

    public IBackend Backend { get; }

    private TextCorpus Corpus { get; }

    private string Text => Path.Combine(_folder, "text.txt");

    private static SafetensorsEntry Entry => SafetensorsEntry.Floats("a", [1], () => new float[1]);

    private string Tensors
    {
        get
        {
            var path = Path.Combine(_folder, "tensors.safetensors");
            SafetensorsWriter.Write(path, new Dictionary<string, string>(), [Entry, SafetensorsEntry.Int64s("b", [1], [1])]);
            return path;
        }
    }

    private string Model
    {
        get
        {
            var path = Path.Combine(_folder, "model.safetensors");
            Of<LanguageModel>().Save(path);
            return path;
        }
    }

    public T Of<T>() => (T)Of(typeof(T));

    /// <summary>A valid object; the same one for every member of a call.</summary>
    public object Of(Type type)
    {
        if (!_cache.TryGetValue(type, out var value))
            _cache.Add(type, value = _byType.TryGetValue(type, out var make) ? make() : throw Unknown($"no valid {type} is known"));
        return value;
    }

    /// <summary>A valid argument.</summary>
    public object? Of(ParameterInfo parameter)
    {
        var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        if (parameter.IsOut)
            return null;
        if (_byName.TryGetValue($"{parameter.Member.DeclaringType!.Name}.{parameter.Member.Name} {parameter.Name}", out var make))
            return make();
        if (_byType.ContainsKey(type) && !parameter.HasDefaultValue)
            return Of(type);
        return parameter.HasDefaultValue
            ? parameter.DefaultValue ?? (type.IsValueType ? Activator.CreateInstance(type) : null)
            : throw Unknown($"no valid argument is known for {parameter.Name} of {PublicApi.NameOf((MethodBase)parameter.Member)}");
    }

    /// <summary>All arguments of a member.</summary>
    public object?[] Arguments(MethodBase member) => [.. member.GetParameters().Select(Of)];

    /// <summary>What a member is called on.</summary>
    public object? Instance(MethodBase member)
    {
        if (member.IsStatic || member.IsConstructor)
            return null;
        return _byName.TryGetValue($"{member.DeclaringType!.Name}.{member.Name} this", out var make) ? make() : Of(member.DeclaringType!);
    }

    public void Dispose()
    {
        while (_made.TryPop(out var made))
            made.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>An empty folder.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_folder, $"{_folders++}")).FullName;

    /// <summary>A folder with a run to resume.</summary>
    private string Started()
    {
        var folder = NewFolder();
        TrainingRun.Start(Of<Recipe>(), Text, folder, Backend).Dispose();
        return folder;
    }

    /// <summary>A pass in the middle of a step.</summary>
    private static LanguageModelPass Ready(LanguageModelPass pass)
    {
        pass.Forward([0, 1]);
        pass.Loss([1, 0]);
        return pass;
    }

    private static InvalidOperationException Unknown(string what) => new($"{what}; register one in {nameof(Samples)}");

    private T Keep<T>(T made) where T : IDisposable
    {
        _made.Push(made);
        return made;
    }
}
