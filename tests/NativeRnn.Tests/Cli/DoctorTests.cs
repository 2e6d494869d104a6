using System.Text.Json;
using NativeRnn.Backends.Native;
using NativeRnn.Cli.Diagnostics;
using NativeRnn.Machine;
using NativeRnn.TestHost;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Cli;

/// <summary>Commands where the native library is broken, and what <c>nativernn doctor</c> says then and otherwise.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly string folder = Fixture.Folder();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(BrokenLibrary.Kinds), MemberType = typeof(BrokenLibrary))]
    public void A_broken_library_is_one_line_and_the_doctor_says_how_to_mend_it(string kind)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (path, expected) = BrokenLibrary.Make(kind, folder);
        var before = Snapshot();
        string[][] commands =
        [
            ["train", Path.Combine(folder, "recipe.json"), "--data", Path.Combine(folder, "text.txt"), "--out", Path.Combine(folder, "run")],
            ["eval", folder],
        ];
        foreach (var command in commands)
        {
            var result = Run(path, command);
            Assert.Equal((2, "", 1), (result.ExitCode, result.Output, result.Errors.TrimEnd().Split('\n').Length));
            Assert.StartsWith("nativernn: the native library does not load; tried ", result.Errors, StringComparison.Ordinal);
            Assert.Contains(path, result.Errors, StringComparison.Ordinal);
            Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
            Assert.Contains("--backend managed works", result.Errors, StringComparison.Ordinal);
        }

        var told = Run(path, "doctor");
        Assert.Equal((1, ""), (told.ExitCode, told.Errors));
        Assert.Matches(@"(?m)^WRONG\s+the native library does not load: .+; .+$", told.Output);
        Assert.Matches(@"(?m)^note\s+--backend managed works", told.Output);
        Assert.DoesNotContain("name its file in", told.Output, StringComparison.Ordinal);
        Assert.Contains(expected.TrimEnd('.'), told.Output, StringComparison.Ordinal);

        var json = Run(path, "doctor", "--json");
        Assert.Equal((1, ""), (json.ExitCode, json.Errors));
        var root = JsonDocument.Parse(json.Output).RootElement;
        Assert.False(root.GetProperty("healthy").GetBoolean());
        Assert.Equal(path, root.GetProperty("library").GetProperty("tried")[0].GetProperty("path").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("library").GetProperty("path").ValueKind);
        Assert.Empty(root.GetProperty("self_test").EnumerateArray());
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void The_managed_backend_trains_where_the_library_is_broken()
    {
        var result = Run(Path.Combine(folder, "missing.so"), "train", Path.Combine(folder, "recipe.json"), "--data", Path.Combine(folder, "text.txt"),
            "--out", Path.Combine(folder, "run"), "--backend", "managed", "--set", "training.epochs=1");
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    [Fact]
    public void A_sound_library_passes_the_self_test_on_every_instruction_set()
    {
        var told = Run(BrokenLibrary.Real, "doctor");
        Assert.True(told.ExitCode == 0, told.Output + told.Errors);
        Assert.Matches(@"(?m)^library\s+/", told.Output);
        Assert.EndsWith("all is well\n", told.Output, StringComparison.Ordinal);

        var root = JsonDocument.Parse(Run(BrokenLibrary.Real, "doctor", "--json").Output).RootElement;
        Assert.True(root.GetProperty("healthy").GetBoolean());
        Assert.Equal(NativeStructs.AbiVersion, root.GetProperty("library").GetProperty("abi").GetInt32());
        var isas = root.GetProperty("library").GetProperty("instruction_sets").EnumerateArray().Select(isa => isa.GetString()).ToList();
        var tests = root.GetProperty("self_test").EnumerateArray().ToList();
        Assert.Equal(isas, tests.Select(test => test.GetProperty("instruction_set").GetString()));
        Assert.All(tests, test => Assert.InRange(test.GetProperty("largest_error").GetDouble(), 0, SelfTest.Tolerance));
        Assert.Contains("scalar", isas);
    }

    [Theory]
    [InlineData("NATIVERNN_ISA", "mmx", 1, "asks for the instruction set 'mmx'")]
    [InlineData("NATIVERNN_THREADS", "many", 1, "NATIVERNN_THREADS is 'many'")]
    [InlineData("NATIVERNN_THREADS", "64", 0, "64 threads share ")]
    [InlineData("NATIVERNN_THREAD", "2", 0, "did you mean NATIVERNN_THREADS?")]
    [InlineData("OMP_NUM_THREADS", "4", 0, "OMP_NUM_THREADS is set and has no effect")]
    [InlineData("OPENBLAS_NUM_THREADS", "4", 0, "OPENBLAS_NUM_THREADS is set and has no effect")]
    [InlineData("OPENBLAS_CORETYPE", "Prescott", 0, "OPENBLAS_CORETYPE is set to \"Prescott\" and reaches")]
    public void Variables_get_advice(string name, string value, int exitCode, string advice)
    {
        var told = HostProcess.Run([(name, value)], "run", "doctor");
        Assert.True(told.ExitCode == exitCode, told.Output + told.Errors);
        Assert.Matches($@"(?m)^{(exitCode == 0 ? "note" : "WRONG")} .*{System.Text.RegularExpressions.Regex.Escape(advice)}", told.Output);
        Assert.Matches(@"(?m)^self-test\s+scalar", told.Output); // whatever the variables say
        Assert.Matches($@"(?m)^variable\s+{name}={value}$", told.Output);
        var json = JsonDocument.Parse(HostProcess.Run([(name, value)], "run", "doctor", "--json").Output).RootElement;
        Assert.Equal(value, json.GetProperty("variables").GetProperty(name).GetString());
    }

    [Fact]
    public void Limits_get_advice_and_are_not_wrong()
    {
        var machine = new MachineInfo
        {
            Processors = 16,
            Affinity = "0-7",
            AllowedProcessors = 8,
            CpuQuota = 2.5,
            MemoryBytes = 1L << 34,
            ContainerLimitBytes = 1L << 30,
            AddressSpaceLimitBytes = 1L << 32,
            AvailableMemoryBytes = 300L << 20,
        };
        var advice = Adviser.Of(Sound with { Machine = machine });
        Assert.All(advice, line => Assert.False(line.Wrong));
        string[] expected = ["affinity leaves 8 of 16 processors", "quota pays for 2.5 of 8 processors; 2 threads", "4 threads share 2 processors", "ulimit -v allows 4.0 GiB of addresses", "300 MiB of memory are left of 1.0 GiB, the container's limit"];
        Assert.Equal(expected.Length, advice.Count);
        Assert.All(expected.Zip(advice), pair => Assert.Contains(pair.First, pair.Second.Text, StringComparison.Ordinal));
        Assert.Empty(Adviser.Of(Sound));
    }

    [Fact]
    public void A_wrong_result_fails_the_self_test()
    {
        var sizes = new SelfTestSizes(1, 1, 1, 1, 2);
        var start = new SelfTestResult("scalar", 0, 0, "", "");
        var expected = new SelfTestArrays { ["y"] = [1, 200], ["loss"] = [3] };
        Assert.True(SelfTest.Compare(start, sizes, expected, new SelfTestArrays { ["y"] = [1.001f, 200], ["loss"] = [3] }).Passed); // 5e-6 of 200
        foreach (var wrong in (float[])[3.001f, float.NaN, float.PositiveInfinity])
        {
            var actual = new SelfTestArrays { ["y"] = [1, 200], ["loss"] = [wrong] };
            var result = SelfTest.Compare(start, sizes, expected, actual);
            Assert.StartsWith("loss at T 1 B 1", result.Failure, StringComparison.Ordinal);
            Assert.Contains(Adviser.Of(Sound with { SelfTest = [result] }), line => line.Wrong);
            Assert.False(SelfTest.CompareThreads(start, sizes, expected, actual).Passed);
            using var json = JsonDocument.Parse(DiagnosisJson.Write(Sound with { SelfTest = [result] }, []));
        }
    }

    private static Diagnosis Sound => new()
    {
        Version = "1",
        Machine = new MachineInfo { Processors = 8, Affinity = "0-7", AllowedProcessors = 8, MemoryBytes = 1L << 34, AvailableMemoryBytes = 1L << 33 },
        Attempts = [new LibraryAttempt("/lib/libnativernn.so", LibraryProblem.None, "")],
        Native = new NativeInfo("avx2", ["avx2", "scalar"], 8, 4, 1, "Haswell", "OpenBLAS 0.3"),
        Error = "",
        Variables = [],
        SelfTest = [],
    };

    private static HostProcess.Result Run(string library, params string[] command) =>
        HostProcess.Run([(NativeLibraryFinder.Variable, library)], ["run", .. command]);

    private List<string> Snapshot() => [.. Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order()];
}
