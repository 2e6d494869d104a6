using System.Reflection;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;

namespace NativeRnn.Tests.Api;

/// <summary>A null where the signature allows none is refused at once, by the name of the parameter.</summary>
public sealed class NullTests : IDisposable
{
    private static readonly Dictionary<string, MethodBase> Members = PublicApi.Members.Where(PublicApi.IsCallable).ToDictionary(PublicApi.NameOf);

    private static readonly Dictionary<string, ParameterInfo> Parameters = PublicApi.Members.SelectMany(member => member.GetParameters())
        .Where(parameter => IsNotNull(parameter.ParameterType, context => context.Create(parameter)))
        .ToDictionary(parameter => $"{PublicApi.NameOf((MethodBase)parameter.Member)} {parameter.Name}");

    private static readonly Dictionary<string, PropertyInfo> Properties = PublicApi.Settable
        .Where(property => IsNotNull(property.PropertyType, context => context.Create(property)))
        .ToDictionary(property => $"{property.DeclaringType!.Name}.{property.Name}");

    private readonly Samples _samples = new();

    public static TheoryData<string> AllMembers => [.. Members.Keys];

    public static TheoryData<string> AllParameters => [.. Parameters.Keys];

    public static TheoryData<string> AllProperties => [.. Properties.Keys];

    public void Dispose() => _samples.Dispose();

    [Theory]
    [MemberData(nameof(AllMembers))]
    public void Valid_arguments_are_accepted(string name)
    {
        var member = Members[name];
        var made = PublicApi.Call(member, _samples.Instance(member), _samples.Arguments(member));
        (made as IDisposable)?.Dispose();
    }

    [Theory]
    [MemberData(nameof(AllParameters))]
    public void Null_is_refused(string name)
    {
        var parameter = Parameters[name];
        var member = (MethodBase)parameter.Member;
        var (instance, arguments) = (_samples.Instance(member), _samples.Arguments(member));
        arguments[parameter.Position] = null;
        var error = Assert.Throws<ArgumentNullException>(() => PublicApi.Call(member, instance, arguments));
        Assert.Equal(parameter.Name, error.ParamName);
    }

    [Theory]
    [MemberData(nameof(AllProperties))]
    public void Null_is_refused_by_properties(string name)
    {
        var property = Properties[name];
        var setter = property.SetMethod!;
        var error = Assert.Throws<ArgumentNullException>(() => PublicApi.Call(setter, _samples.Of(property.DeclaringType!), [null]));
        Assert.Equal(property.Name, error.ParamName);
    }

    [Fact]
    public void Null_is_refused_inside_of_collections()
    {
        var (path, entry) = ("unused", SafetensorsEntry.Floats("a", [1], () => new float[1]));
        var none = new Dictionary<string, string>();
        Throws("overrides", () => RecipeFile.Parse(TestHost.Fixture.Recipe, "x", [null!]));
        Throws("tensors", () => new ParameterArena((null!, [1])).Dispose());
        Throws("tensors", () => new ParameterArena(("a", null!)).Dispose());
        Throws("entries", () => SafetensorsWriter.Write(path, none, [entry, null!]));
        Throws("metadata", () => SafetensorsWriter.Write(path, new Dictionary<string, string> { ["a"] = null! }, [entry]));
        Assert.False(File.Exists(path));

        static void Throws(string name, Action call) => Assert.Equal(name, Assert.Throws<ArgumentException>(call).ParamName);
    }

    private static bool IsNotNull(Type type, Func<NullabilityInfoContext, NullabilityInfo> info) =>
        !type.IsValueType && !type.IsByRef && info(new NullabilityInfoContext()).WriteState == NullabilityState.NotNull;
}
