using System.Reflection;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;
using NativeRnn.Training;

namespace NativeRnn.Tests.Api;

/// <summary>
/// Fractions that are no numbers or that single precision cannot hold, enumerated values that there are none of, and text that is nothing are
/// refused by the name under which they were given.
/// </summary>
public sealed class RangeTests : IDisposable
{
    private static readonly double[] NoNumbers = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1, 1e300];

    private static readonly string[] Texts = ["", " ", "\0", "a\0b", "a\nb", "\u001B[2J", "\uD800", "x/", new string('x', 5000)];

    // Numbers of double precision, and a factor that may turn gradients round.
    private static readonly string[] Willing =
    [
        "Clipping.Scale norm 1E+300", "LanguageModel.Generate temperature 1E+300", "Sampling..ctor Temperature 1E+300", "Sampling.Temperature 1E+300",
        "Optimizer.Step gradientScale -1", "UpdateRule.GradientScale -1",
    ];

    // What fills these in is judged by those who take them: recipes may come from files, rules are made for every step.
    private static readonly Type[] JudgedLater =
        [typeof(DataRecipe), typeof(OptimizerRecipe), typeof(ModelRecipe), typeof(TrainingRecipe), typeof(DecayRecipe), typeof(RegularizationRecipe), typeof(UpdateRule)];

    private static readonly Dictionary<string, (ParameterInfo Parameter, object Value)> Arguments = PublicApi.Members.Where(PublicApi.IsCallable)
        .Where(member => !Uses.Results.Contains(member.DeclaringType)).SelectMany(member => member.GetParameters())
        .SelectMany(parameter => Wrong(parameter.ParameterType).Where(value => !IsJudgedLater(parameter.Member, value)).Select(value =>
            (Name: $"{parameter.Member.DeclaringType!.Name}.{parameter.Member.Name} {parameter.Name} {value}", Value: (parameter, value))))
        .Where(row => !Willing.Contains(row.Name)).ToDictionary(row => row.Name, row => row.Value);

    private static readonly Dictionary<string, (PropertyInfo Property, object Value)> Values = PublicApi.Settable
        .Where(property => !Uses.Results.Contains(property.DeclaringType))
        .SelectMany(property => Wrong(property.PropertyType).Select(value =>
            (Name: $"{property.DeclaringType!.Name}.{property.Name} {value}", Value: (property, value))))
        .Where(row => !row.Value.property.DeclaringType!.IsByRefLike) // spans; see below
        .Where(row => !Willing.Contains(row.Name)).ToDictionary(row => row.Name, row => row.Value);

    private static readonly Dictionary<string, ParameterInfo> Strings = PublicApi.Members.Where(PublicApi.IsCallable)
        .SelectMany(member => member.GetParameters()).Where(parameter => parameter.ParameterType == typeof(string))
        .ToDictionary(parameter => $"{PublicApi.NameOf((MethodBase)parameter.Member)} {parameter.Name}");

    private readonly Samples _samples = new();

    public static TheoryData<string> AllArguments => [.. Arguments.Keys];

    public static TheoryData<string> AllValues => [.. Values.Keys];

    public static TheoryData<string> AllStrings => [.. Strings.Keys];

    public void Dispose() => _samples.Dispose();

    [Theory]
    [MemberData(nameof(AllArguments))]
    public void Arguments_out_of_range_are_refused(string row)
    {
        var (parameter, value) = Arguments[row];
        var member = (MethodBase)parameter.Member;
        var (instance, arguments) = (_samples.Instance(member), _samples.Arguments(member));
        arguments[parameter.Position] = value;
        var error = Assert.ThrowsAny<ArgumentException>(() => PublicApi.Call(member, instance, arguments));
        Assert.Equal(parameter.Name, error.ParamName);
    }

    /// <summary>When it is set, or by whoever takes what it was set in.</summary>
    [Theory]
    [MemberData(nameof(AllValues))]
    public void Values_out_of_range_are_refused(string row)
    {
        var (property, value) = Values[row];
        var type = property.DeclaringType == typeof(Optimizer) ? typeof(Sgd) : property.DeclaringType!;
        var target = ExtremeSizeTests.Copy(_samples.Of(type));
        var set = () => PublicApi.Call(property.SetMethod!, target, [value]);
        if (IsJudgedLater(property, value))
        {
            set();
            var (taker, use) = Uses.All[type];
            Assert.Equal(taker, Assert.ThrowsAny<ArgumentException>(() => use(_samples, target)).ParamName);
        }
        else
        {
            Assert.Equal(property.Name, Assert.ThrowsAny<ArgumentException>(set).ParamName);
        }
    }

    [Theory]
    [MemberData(nameof(AllStrings))]
    public void Strange_text_is_taken_or_refused(string name)
    {
        var parameter = Strings[name];
        var member = (MethodBase)parameter.Member;
        foreach (var text in Texts)
        {
            var (instance, arguments) = (_samples.Instance(member), _samples.Arguments(member));
            arguments[parameter.Position] = IsWritten(parameter) && text.Length > 0 ? $"{_samples.NewFolder()}/{text}" : text;
            var error = Record.Exception(() => (PublicApi.Call(member, instance, arguments) as IDisposable)?.Dispose());
            if (error is ArgumentException misuse)
                Assert.Equal(parameter.Name, misuse.ParamName);
            else if (error is NativeRnnException)
                Assert.DoesNotContain(error.Message, char.IsControl);
            else
                Assert.Null(error);
        }
    }

    [Fact]
    public void Spans_are_refused_by_the_name_of_the_parameter()
    {
        var (pass, session, streams) = (_samples.Of<LanguageModelPass>(), _samples.Of<StreamingSession>(), new TokenStreams(new int[100], 4));
        var vocabulary = _samples.Of<CharacterVocabulary>();
        Refused("inputs", () => pass.Forward([]));
        Refused("inputs", () => pass.Forward([-1]));
        pass.Forward([0]);
        Refused("targets", () => pass.Loss([]));
        Refused("targets", () => pass.Loss([vocabulary.Count]));
        Refused("reduction", () => pass.Loss([0], (LossReduction)5));
        pass.Loss([0]); // nothing was spent
        Refused("logits", () => pass.LastLogits(new float[1]));
        Refused("token", () => session.Step(int.MaxValue));
        Refused("tokens", () => session.Read([0, -1]));
        Refused("state", () => session.RestoreState([]));
        var state = session.SaveState();
        foreach (var bad in (float[])[float.NaN, float.PositiveInfinity])
        {
            float[] broken = [.. state[..^1], bad];
            Refused("state", () => session.RestoreState(broken));
            Assert.Equal(state, session.SaveState());
        }
        Refused("tokens", () => vocabulary.Decode([0, vocabulary.Count]));
        Refused("tokens", () => _samples.Of<WordVocabulary>().Decode([-1]));
        Refused("before", () => vocabulary.TextOf(0, vocabulary.Count));
        Refused("destination", () => _samples.Of<SafetensorsTensor>().CopyTo(new float[7]));
        var two = new int[8];
        Refused("start", () => streams.Fill(int.MaxValue, 1, two, two));
        Refused("start", () => streams.Fill(-1, 1, two, two));
        Refused("start", () => streams.Fill(24, 1, two, two));
        Refused("steps", () => streams.Fill(0, 0, two, two));
        Refused("steps", () => streams.Fill(23, int.MaxValue, two, two));
        Refused("inputs", () => streams.Fill(0, 2, new int[9], two));
        Refused("targets", () => streams.Fill(0, 2, two, new int[7]));
        Refused("targets", () => streams.Fill(0, 2, two, two)); // it would write over the inputs
        Assert.Contains("24 steps", Assert.ThrowsAny<ArgumentException>(() => streams.Fill(int.MaxValue, 1, two, two)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-300)]
    [InlineData(1e-45)]
    public void An_epsilon_that_single_precision_takes_for_zero_is_refused(double epsilon)
    {
        Refused("epsilon", () => new Adam(epsilon: epsilon).Dispose());
        OnBackends("rule", backend => backend.Update(UpdateRule.Adam(1, 1, epsilon: epsilon),
            new() { Parameters = new float[1], Gradients = new float[1], First = new float[1], Second = new float[1] }));
    }

    [Fact]
    public void Factors_that_are_no_numbers_are_refused_by_the_backends()
    {
        foreach (var bad in (double[])[double.NaN, double.NegativeInfinity, 1e300])
        {
            OnBackends("rule", backend => backend.Update(UpdateRule.Sgd(1, 1) with { GradientScale = bad },
                new() { Parameters = new float[1], Gradients = new float[1] }));
            OnBackends("arguments", backend => backend.CrossEntropy(new() { Classes = 1, Scale = bad, Logits = new float[1], Targets = [0] }));
            OnBackends("arguments", backend => backend.PointwiseLoss(new() { Columns = 1, Scale = bad, Input = new float[1], Target = new float[1] }));
            OnBackends("arguments", backend => backend.Ctc(new()
            {
                Shape = (1, 1, 1, 0),
                Scale = bad,
                Logits = new float[1],
                InputLengths = [1],
                TargetLengths = [0],
                Workspace = new float[backend.CtcWorkspace(1, 1, 0)],
            }));
            OnBackends("arguments", backend => backend.DenseCrossEntropy(new DenseShape(1, 1, 1), new DenseCrossEntropy
            {
                Input = new float[1],
                Weights = new float[1],
                Targets = [0],
                Workspace = new float[backend.DenseCrossEntropyWorkspace(new DenseShape(1, 1, 1))],
                Scale = bad,
            }));
        }
    }

    private void OnBackends(string name, Action<IBackend> call)
    {
        foreach (var backend in (IBackend[])[_samples.Backend, _samples.Of<NativeRnn.Backends.Native.NativeBackend>()])
            Refused(name, () => call(backend));
    }

    private static void Refused(string name, Action call) => Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(call).ParamName);

    private static bool IsWritten(ParameterInfo parameter) => $"{parameter.Member.DeclaringType!.Name}.{parameter.Member.Name} {parameter.Name}"
        is "LanguageModel.Save path" or "SafetensorsWriter.Write path" or "TrainingRun.Start folder";

    private static IEnumerable<object> Wrong(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(double))
            return NoNumbers.Cast<object>();
        return type.IsEnum ? [Enum.ToObject(type, -1), Enum.ToObject(type, Enum.GetValues(type).Length)] : [];
    }

    private static bool IsJudgedLater(MemberInfo member, object value) =>
        (member is not MethodInfo || member.DeclaringType == typeof(UpdateRule)) && value is double && JudgedLater.Contains(member.DeclaringType);
}
