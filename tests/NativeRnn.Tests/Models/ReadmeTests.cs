using System.Diagnostics;
using System.Text.RegularExpressions;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Models;

/// <summary>Compiles and runs the C# of the README as a user's own program would.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nativernn-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_code_in_the_README_trains(int block)
    {
        var code = CodeBlocks().Matches(File.ReadAllText(Repository.PathOf("README.md")))[block].Groups[1].Value;
        if (block == 0)
            Assert.True(code.Split('\n').Count(line => line.Trim().Length > 0) <= 20, "the first example has more than 20 lines");
        File.WriteAllText(Path.Combine(_folder, "Program.cs"), code);
        File.WriteAllText(Path.Combine(_folder, "input.txt"), Fixture.Text(30_000));
        File.WriteAllText(Path.Combine(_folder, "example.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><ProjectReference Include="{Repository.PathOf("managed/NativeRnn/NativeRnn.csproj")}" /></ItemGroup>
            </Project>
            """);
        var output = Dotnet("run", "-c", "Release", "--no-dependencies");
        Assert.NotEmpty(output);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlocks();

    private string Dotnet(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var result = HostProcess.Finish(process);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        return result.Output;
    }
}
