using System.Reflection;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Training;

namespace NativeRnn.Tests.Api;

/// <summary>Numbers that no shape, setting or count can have are refused: by ArgumentException or our own family, never by overflow.</summary>
public sealed class ExtremeSizeTests : IDisposable
{
    private static readonly int[] Extremes = [0, -1, int.MinValue, int.MaxValue];

    // Asked for so much, these do it: they take gigabytes or never end.
    private static readonly string[] Willing =
    [
        "AlignedBuffer..ctor(Int64) length", "LanguageModel.Generate(String, Int32, Double, Int32, UInt64) length",
        "NativeBackend.RunFmaChains(Int32, Int64) iterations",
    ];

    private static readonly Dictionary<string, ParameterInfo> Parameters = PublicApi.Members.Where(PublicApi.IsCallable)
        .SelectMany(member => member.GetParameters()).Where(parameter => IsWhole(parameter.ParameterType))
        .ToDictionary(parameter => $"{PublicApi.NameOf((MethodBase)parameter.Member)} {parameter.Name}");

    private readonly Samples _samples = new();

    public static TheoryData<string, int> AllParameters => Rows(Parameters.Keys, (name, extreme) => extreme != int.MaxValue || !Willing.Contains(name));

    public static TheoryData<string, int> AllTypes => Rows(Uses.All.Keys.Where(type => WholeProperties(type).Any()).Select(type => type.Name), (_, _) => true);

    public void Dispose() => _samples.Dispose();

    [Theory]
    [MemberData(nameof(AllParameters))]
    public void Arguments_that_cannot_be_are_refused(string name, int extreme)
    {
        var parameter = Parameters[name];
        var member = (MethodBase)parameter.Member;
        var (instance, arguments) = (_samples.Instance(member), _samples.Arguments(member));
        arguments[parameter.Position] = Whole(parameter.ParameterType, extreme);
        RefusedOrDone(() => (PublicApi.Call(member, instance, arguments) as IDisposable)?.Dispose(), [.. member.GetParameters().Select(own => own.Name!)]);
    }

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Shapes_and_settings_that_cannot_be_are_refused(string name, int extreme)
    {
        var (type, (taker, use)) = Uses.All.Single(row => row.Key.Name == name);
        var properties = WholeProperties(type).ToArray();
        foreach (var changed in properties.Select(property => new[] { property }).Append(properties))
        {
            RefusedOrDone(() =>
            {
                var copy = Copy(_samples.Of(type));
                foreach (var property in changed)
                    PublicApi.Call(property.SetMethod!, copy, [Whole(property.PropertyType, extreme)]);
                use(_samples, copy);
            }, [taker, .. changed.Select(property => property.Name)]);
        }
    }

    [Fact]
    public void Every_type_with_numbers_to_set_is_used() =>
        Assert.Equal(
            PublicApi.Types.Where(type => !type.IsByRefLike && WholeProperties(type).Any()).Except(Uses.Results).Select(type => type.Name).Order(),
            Uses.All.Keys.Where(type => WholeProperties(type).Any()).Select(type => type.Name).Order());

    [Theory]
    [InlineData(1 << 20, 1 << 20, 1)]
    [InlineData(1, 16384, 1)]
    [InlineData(1 << 20, 4096, 1)]
    [InlineData(64, 2048, 1024)]
    public void A_model_too_large_for_a_span_is_refused(int embedding, int hidden, int layers)
    {
        var options = new LanguageModelOptions { Embedding = embedding, Hidden = hidden, Layers = layers };
        var error = Assert.ThrowsAny<ArgumentException>(() => new LanguageModel(_samples.Of<CharacterVocabulary>(), options, _samples.Backend));
        Assert.Equal("options", error.ParamName);
    }

    [Fact]
    public void Tokens_outside_of_the_vocabulary_are_refused_by_the_name_they_came_under()
    {
        var (model, trainer, pass) = (_samples.Of<LanguageModel>(), _samples.Of<Trainer>(), _samples.Of<LanguageModelPass>());
        var (good, bad) = (_samples.Of<int[]>(), (int[])[.. _samples.Of<int[]>(), model.Vocabulary.Count]);
        Refused("train", () => trainer.Fit(bad, good));
        Refused("validation", () => trainer.Fit(good, bad));
        Refused("tokens", () => trainer.Evaluate(bad));
        Refused("tokens", () => Evaluator.Evaluate(model, bad));
        Refused("token", () => _samples.Of<StreamingSession>().Step(-1));
        Refused("tokens", () => _samples.Of<StreamingSession>().Read([0, model.Vocabulary.Count]));
        Refused("inputs", () => pass.Forward([-1]));
        pass.Forward([0]);
        Refused("targets", () => pass.Loss([-1]));
        Refused("logits", () => pass.LastLogits(new float[1]));
        Assert.Equal(0, trainer.Progress.Step);

        static void Refused(string name, Action call) => Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(call).ParamName);
    }

    [Fact]
    public void A_recipe_that_no_file_can_hold_does_not_start()
    {
        var recipe = _samples.Of<Recipe>();
        foreach (var (field, wrong) in ((string, Recipe)[])
        [
            ("task", recipe with { Task = "tagging" }),
            ("data.validation_fraction", recipe with { Data = recipe.Data with { ValidationFraction = double.NaN } }),
            ("training.clip_norm", recipe with { Training = recipe.Training with { ClipNorm = -1 } }),
            ("seed", recipe with { Seed = -1 }),
            ("data.min_count", recipe with { Data = recipe.Data with { MinCount = 2 } }), // of words
            ("data.validation_fraction", recipe with { Data = recipe.Data with { TrainFile = "a", ValidationFile = "b", ValidationFraction = 0.2 } }),
        ])
        {
            var error = Assert.ThrowsAny<ArgumentException>(() => Uses.Make(_samples, wrong));
            Assert.Contains($"{field} ", error.Message, StringComparison.Ordinal);
        }
    }

    private static void RefusedOrDone(Action action, string[] names)
    {
        var error = Record.Exception(action);
        Assert.True(error is null or ArgumentException or NativeRnnException, $"{error}");
        if (error is ArgumentException misuse)
            Assert.Contains(misuse.ParamName, names);
    }

    internal static object Copy(object value) => typeof(object).GetMethod("MemberwiseClone", BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(value, null)!;

    private static IEnumerable<PropertyInfo> WholeProperties(Type type) =>
        PublicApi.Settable.Where(property => property.DeclaringType == type && IsWhole(property.PropertyType));

    private static bool IsWhole(Type type) => type == typeof(int) || type == typeof(int?) || type == typeof(long) || type.IsEnum;

    private static object Whole(Type type, int value)
    {
        if (type == typeof(long))
            return value switch { int.MaxValue => long.MaxValue, int.MinValue => long.MinValue, _ => (long)value };
        return type.IsEnum ? Enum.ToObject(type, value) : value;
    }

    private static TheoryData<string, int> Rows(IEnumerable<string> names, Func<string, int, bool> wanted)
    {
        var rows = new TheoryData<string, int>();
        foreach (var name in names)
        {
            foreach (var extreme in Extremes.Where(extreme => wanted(name, extreme)))
                rows.Add(name, extreme);
        }
        return rows;
    }
}
