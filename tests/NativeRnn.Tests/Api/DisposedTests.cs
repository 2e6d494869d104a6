using System.Reflection;
using NativeRnn.Backends;
using NativeRnn.Backends.Native;
using NativeRnn.Models;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Api;

/// <summary>Whatever is used after it was disposed says so.</summary>
public sealed class DisposedTests : IDisposable
{
    private static readonly Dictionary<string, MethodInfo> Methods = PublicApi.Types
        .Where(type => type.IsAssignableTo(typeof(IDisposable)) && !type.IsAbstract && !type.IsAssignableTo(typeof(IBackend)))
        .SelectMany(type => PublicApi.MethodsOf(type).Select(method => (Name: $"{type.Name}.{PublicApi.NameOf(method)}", Method: method)))
        .ToDictionary(row => row.Name, row => row.Method);

    // Reflection cannot handle spans.
    private static readonly Dictionary<string, Action<object>> WithSpans = new()
    {
        ["LanguageModelPass.Forward"] = pass => ((LanguageModelPass)pass).Forward([0]),
        ["LanguageModelPass.Loss"] = pass => ((LanguageModelPass)pass).Loss([0]),
        ["LanguageModelPass.LastLogits"] = pass => ((LanguageModelPass)pass).LastLogits(new float[100]),
        ["StreamingSession.Step"] = session => ((StreamingSession)session).Step(0),
        ["StreamingSession.Read"] = session => ((StreamingSession)session).Read([0]),
        ["StreamingSession.RestoreState"] = session => ((StreamingSession)session).RestoreState(new float[100]),
        ["ParameterArena.Write"] = arena => ((ParameterArena)arena).Write(),
    };

    private static readonly Dictionary<string, Action<IBackend>> OfBackend = new()
    {
        [nameof(IBackend.RecurrentSizes)] = backend => backend.RecurrentSizes(new(CellKind.Lstm, 1, 1, 1, 1)),
        [nameof(IBackend.RecurrentPack)] = backend => backend.RecurrentPack(new(CellKind.Lstm, 1, 1, 1, 1), default, default),
        [nameof(IBackend.RecurrentForward)] = backend => backend.RecurrentForward(new(CellKind.Lstm, 1, 1, 1, 1), default),
        [nameof(IBackend.RecurrentBackward)] = backend => backend.RecurrentBackward(new(CellKind.Lstm, 1, 1, 1, 1), default),
        [nameof(IBackend.EmbeddingForward)] = backend => backend.EmbeddingForward(1, [1], [], []),
        [nameof(IBackend.EmbeddingBackward)] = backend => backend.EmbeddingBackward(1, [], [], [1]),
        [nameof(IBackend.DenseForward)] = backend => backend.DenseForward(new(1, 1, 1), default),
        [nameof(IBackend.DenseBackward)] = backend => backend.DenseBackward(new(1, 1, 1), default),
        [nameof(IBackend.DenseCrossEntropyWorkspace)] = backend => backend.DenseCrossEntropyWorkspace(new(1, 1, 1)),
        [nameof(IBackend.DenseCrossEntropy)] = backend => backend.DenseCrossEntropy(new(1, 1, 1), default),
        [nameof(IBackend.CrossEntropy)] = backend => backend.CrossEntropy(default),
        [nameof(IBackend.PointwiseLoss)] = backend => backend.PointwiseLoss(default),
        [nameof(IBackend.CtcWorkspace)] = backend => backend.CtcWorkspace(1, 1, 1),
        [nameof(IBackend.Ctc)] = backend => backend.Ctc(new() { Shape = (1, 1, 1, 1) }),
        [nameof(IBackend.SumOfSquares)] = backend => backend.SumOfSquares([]),
        [nameof(IBackend.Update)] = backend => backend.Update(default, default),
        [nameof(IBackend.Philox)] = backend => backend.Philox(1, 1, 1, []),
        [nameof(IBackend.DropoutMask)] = backend => backend.DropoutMask(1, 1, 1, 0.5, []),
        [nameof(NativeBackend.RunFmaChains)] = backend => ((NativeBackend)backend).RunFmaChains(1, 1),
    };

    private readonly Samples _samples = new();

    public static TheoryData<string> AllMethods => [.. Methods.Keys];

    public void Dispose() => _samples.Dispose();

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void A_disposed_object_says_so(string name)
    {
        var method = Methods[name];
        var owner = (IDisposable)_samples.Of(method.ReflectedType!);
        var arguments = PublicApi.IsCallable(method) ? _samples.Arguments(method) : [];
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() =>
        {
            if (PublicApi.IsCallable(method))
                PublicApi.Call(method, owner, arguments);
            else
                WithSpans[$"{method.ReflectedType!.Name}.{method.Name}"](owner);
        });
        owner.Dispose(); // a second time does no harm
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_disposed_backend_says_so(string row)
    {
        var backend = TestBackends.Create(row);
        backend.Dispose();
        var methods = backend is NativeBackend ? PublicApi.MethodsOf(typeof(NativeBackend)) : PublicApi.MethodsOf(typeof(IBackend));
        Assert.All(methods, method => Assert.Throws<ObjectDisposedException>(() => OfBackend[method.Name](backend)));
        backend.Dispose();
    }
}
