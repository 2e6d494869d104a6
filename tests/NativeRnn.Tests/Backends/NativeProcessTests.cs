using NativeRnn.Backends;
using NativeRnn.Backends.Native;

namespace NativeRnn.Tests.Backends;

/// <summary>What belongs to the whole process, the library's count of allocations and the environment: these tests run alone.</summary>
[Collection(nameof(Alone))]
public class NativeProcessTests
{
    [Fact]
    public void Steady_calls_allocate_nothing_on_the_native_side()
    {
        using var backend = TestBackends.Create("native", threads: 2);
        foreach (var cell in CellInfo.All)
        {
            var request = new RecurrentRequest(new RecurrentShape(cell.Kind, 5, 33, 20, 65));
            RecurrentRun.Run(backend, request);
            var before = NativeBackend.Allocations;
            RecurrentRun.Run(backend, request);
            Assert.Equal(before, NativeBackend.Allocations);
        }
    }

    [Fact]
    public void The_variable_of_the_instruction_set_is_obeyed() => With(NativeContext.IsaVariable, "scalar", () =>
    {
        using var backend = TestBackends.CreateNative("native");
        Assert.Equal("scalar", backend.Info.Isa);
    });

    [Fact]
    public void An_unknown_instruction_set_in_the_variable_is_an_error() => With(NativeContext.IsaVariable, "mmx", () =>
    {
        var message = Assert.Throws<BackendException>(() => TestBackends.Create("native")).Message;
        Assert.Contains($"{NativeContext.IsaVariable} asks for the instruction set 'mmx'", message, StringComparison.Ordinal);
        Assert.Contains("scalar", message, StringComparison.Ordinal);
    });

    [Fact]
    public void The_variable_of_threads_is_obeyed() => With(NativeContext.ThreadsVariable, "3", () =>
    {
        using var backend = TestBackends.Create("native", threads: 0);
        Assert.Equal(3, backend.Threads);
    });

    [Theory]
    [InlineData("many")]
    [InlineData("0")]
    [InlineData("257")]
    public void A_wrong_number_in_the_variable_of_threads_is_an_error(string threads) => With(NativeContext.ThreadsVariable, threads, () =>
    {
        var message = Assert.Throws<BackendException>(() => TestBackends.Create("native", threads: 0)).Message;
        Assert.Contains(NativeContext.ThreadsVariable, message, StringComparison.Ordinal);
        Assert.Contains(threads, message, StringComparison.Ordinal);
    });

    private static void With(string variable, string value, Action test)
    {
        var kept = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            test();
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, kept);
        }
    }

    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;
}
