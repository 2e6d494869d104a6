using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NativeRnn.Backends;
using NativeRnn.Backends.Managed;
using NativeRnn.Backends.Native;

namespace NativeRnn.Tests.Backends;

/// <summary>The C header, the P/Invokes and the interface of backends say the same.</summary>
public partial class NativeInterfaceTests
{
    private static readonly string Header = File.ReadAllText(Repository.PathOf("native/include/nativernn.h"));

    [Fact]
    public void The_header_and_the_imports_have_the_same_functions()
    {
        var declared = Exported().Matches(Header).Select(match => match.Groups[1].Value).Order();
        Assert.Equal(declared, Imports().Order());
    }

    [Fact]
    public void Imports_run_with_the_garbage_collector_free_to_stop_them()
    {
        foreach (var method in typeof(NativeMethods).GetMethods(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static))
            Assert.Null(method.GetCustomAttribute<SuppressGCTransitionAttribute>());
    }

    [Fact]
    public void Every_function_of_a_backend_is_one_of_the_library()
    {
        var special = new Dictionary<string, string> { ["RecurrentSizes"] = "nrnn_recurrent_sizes_of" };
        foreach (var method in typeof(IBackend).GetMethods().Where(method => !method.IsSpecialName))
        {
            var name = "nrnn" + Capital().Replace(method.Name, match => "_" + match.Value.ToLowerInvariant());
            Assert.Contains(special.GetValueOrDefault(method.Name, name), Imports());
        }
    }

    [Fact]
    public void Structs_have_the_sizes_of_the_library()
    {
        using var backend = TestBackends.Create("native");
        for (var i = 0; i < NativeStructs.Sizes.Length; i++)
            Assert.Equal((NativeStructs.Sizes[i].Name, NativeMethods.nrnn_struct_size(i)), NativeStructs.Sizes[i]);
        Assert.Equal(-1, NativeMethods.nrnn_struct_size(NativeStructs.Sizes.Length));
        Assert.Equal(NativeStructs.AbiVersion, NativeMethods.nrnn_abi_version());
    }

    [Fact]
    public void Structs_have_the_fields_of_the_header_in_order()
    {
        foreach (Match match in Struct().Matches(Header))
        {
            var type = typeof(NativeStructs).Assembly.GetType($"NativeRnn.Backends.Native.{match.Groups[2].Value}", throwOnError: true)!;
            var body = Comment().Replace(match.Groups[1].Value, "");
            var declared = body.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .SelectMany(line => line.Split(',')).Select(part => LastWord().Match(part).Value);
            var fields = type.GetFields(BindingFlags.Public | BindingFlags.Instance).OrderBy(field => field.MetadataToken);
            Assert.Equal(declared, fields.Select(field => field.Name));
        }
    }

    [Fact]
    public void Constants_are_those_of_the_header()
    {
        Assert.Matches($@"#define NRNN_ABI_VERSION {NativeStructs.AbiVersion}\n", Header);
        foreach (var status in Enum.GetValues<nrnn_status>())
            Assert.Matches($@"\b{status} = {(int)status}\b", Header);
        Assert.Matches($@"\bNRNN_STRUCT_COUNT = {NativeStructs.Sizes.Length}\b", Header);
        Assert.Matches($@"\bNRNN_CELL_COUNT = {CellInfo.All.Count}\b", Header);
        Assert.Matches($@"\bNRNN_ACTIVATION_COUNT = {ActivationInfo.All.Count + 1}\b", Header);
        foreach (var activation in ActivationInfo.All)
            Assert.Matches($@"\bNRNN_ACTIVATION_{activation.Name.ToUpperInvariant()} = {(int)activation.Kind}\b", Header);
    }

    [Fact]
    public void Every_cell_has_a_row_in_the_order_of_its_values()
    {
        Assert.Equal(Enum.GetValues<CellKind>(), CellInfo.All.Select(cell => cell.Kind));
        Assert.Equal(Enum.GetValues<CellKind>(), RecurrentCells<double>.All.Select(cell => cell.Info.Kind));
        foreach (var cell in CellInfo.All)
            Assert.Matches($@"\bNRNN_CELL_{cell.Name.ToUpperInvariant()} = {(int)cell.Kind}\b", Header);
    }

    private static string[] Imports() =>
        [.. typeof(NativeMethods).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.Name)];

    [GeneratedRegex(@"^NRNN_API\s.*?\b(nrnn_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Exported();

    [GeneratedRegex(@"typedef struct \w+ \{(.*?)\} (nrnn_\w+);", RegexOptions.Singleline)]
    private static partial Regex Struct();

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\w+\s*$")]
    private static partial Regex LastWord();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
