using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;
using NativeRnn.TestHost;
using NativeRnn.Training;

namespace NativeRnn.Tests.Training;

/// <summary>
/// Ten thousand files mutated from valid ones: each is read or refused with one line. Reading takes no more managed memory than four times the
/// file, or a fixed amount for small files.
/// </summary>
public sealed class MutatedFileTests : IDisposable
{
    private const int Files = 5_000;
    private const long Fixed = 1 << 18;
    private readonly string _folder = Fixture.Folder(textLength: 3_000);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Mutated_recipes_are_read_or_refused()
    {
        var valid = File.ReadAllBytes(Path.Combine(_folder, "recipe.json"));
        var refused = Try(valid, 1, Mutation.Of, path => RecipeFile.Read(path).ToJson());
        Assert.InRange(refused, Files / 2, Files);
    }

    [Fact]
    public void Mutated_checkpoints_are_read_or_refused()
    {
        using var backend = Backend.Create(new BackendOptions { Name = "managed" });
        var recipe = RecipeFile.Read(Path.Combine(_folder, "recipe.json"));
        using (var run = TrainingRun.Start(recipe, Path.Combine(_folder, "text.txt"), Path.Combine(_folder, "run"), backend))
            run.Fit();
        var valid = File.ReadAllBytes(Path.Combine(_folder, "run", "last.safetensors"));

        // The content hash refuses nearly all; with the hash made right again, what lies behind it must hold too.
        Try(valid, 2, Mutation.Of, Read);
        var refused = Try(valid, 3, (bytes, random) => WithRightHash(MutatedHeader(bytes, random)), Read);
        Assert.InRange(refused, Files / 2, Files - 1);

        void Read(string path)
        {
            var file = SafetensorsFile.Read(path);
            RunRecord.Read(path, file);
            TrainingCheckpoint.ReadProgress(path, file);
            using var model = ModelFile.Load(path, file, backend);
        }
    }

    /// <summary>Returns how many files were refused.</summary>
    private int Try(byte[] valid, int seed, Func<byte[], System.Random, byte[]> mutate, Action<string> read)
    {
        var random = new System.Random(seed);
        var path = Path.Combine(_folder, "mutated");
        var refused = 0;
        File.WriteAllBytes(path, valid);
        read(path); // tables that are made once; the errors have some too
        File.WriteAllBytes(path, [.. valid[..^20], .. "\"x\": 1"u8]);
        Assert.ThrowsAny<NativeRnnException>(() => read(path));
        for (var i = 0; i < Files; i++)
        {
            var bytes = mutate(valid, random);
            File.WriteAllBytes(path, bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(path);
            }
            catch (NativeRnnException e)
            {
                refused++;
                Assert.DoesNotContain('\n', e.Message);
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= Math.Max(Fixed, 4 * bytes.Length), $"file {i}: {allocated} bytes allocated for a file of {bytes.Length}");
        }
        return refused;
    }

    /// <summary>The file with its JSON header mutated and its length set right.</summary>
    private static byte[] MutatedHeader(byte[] valid, System.Random random)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(valid);
        var header = Mutation.Of(valid[8..(8 + length)], random);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. valid[(8 + length)..]];
    }

    private static byte[] WithRightHash(byte[] file)
    {
        var pattern = Encoding.ASCII.GetBytes($"\"{SafetensorsChecksum.Key}\":\"");
        var at = file.AsSpan().IndexOf(pattern) + pattern.Length;
        if (at < pattern.Length || at + 64 > file.Length)
            return file;
        file.AsSpan(at, 64).Fill((byte)'0');
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(file.AsSpan(8))), file.AsSpan(at));
        return file;
    }
}
