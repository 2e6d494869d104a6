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
/// Ten thousand files mutated from valid ones: each is read or refused with one line. Reading for
/// evaluation and reading for resuming take no more managed memory than four times the file each, beside what does not come from it.
/// </summary>
public sealed class MutatedFileTests : IDisposable
{
    private const int Files = 5_000;
    private const long Fixed = 1 << 18;
    private bool _warm;
    private readonly string _folder = Fixture.Folder(textLength: 3_000);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Mutated_recipes_are_read_or_refused()
    {
        var valid = File.ReadAllBytes(Path.Combine(_folder, "recipe.json"));
        var refused = Try(valid, 1, Mutation.Of, path =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                RecipeFile.Read(path);
            }
            finally
            {
                RequireBound(before, path, "reading");
            }
            var recipe = RecipeFile.Read(path);
            return () => recipe.ToJson();
        });
        Assert.InRange(refused, Files / 2, Files);
    }

    [Fact]
    public void Mutated_checkpoints_are_read_or_refused()
    {
        using var backend = Backend.Create(new BackendOptions { Name = "managed" });
        var recipe = RecipeFile.Read(Path.Combine(_folder, "recipe.json"));
        using (var run = TrainingRun.Start(recipe, Path.Combine(_folder, "text.txt"), Path.Combine(_folder, "run"), backend))
        {
            using var stop = new CancellationTokenSource();
            run.Trainer.Reported += report =>
            {
                if (report.Epoch == 2)
                    stop.Cancel();
            };
            Assert.Throws<OperationCanceledException>(() => run.Fit(stop.Token)); // in the middle of the second epoch
        }
        var valid = File.ReadAllBytes(Path.Combine(_folder, "run", "last.safetensors"));

        // What starting the same run takes does not come from a checkpoint, so resuming may take it too.
        var startFolder = Path.Combine(_folder, "start");
        var beforeStart = GC.GetAllocatedBytesForCurrentThread();
        TrainingRun.Start(recipe, Path.Combine(_folder, "text.txt"), startFolder, backend).Dispose();
        var start = GC.GetAllocatedBytesForCurrentThread() - beforeStart;

        // The content hash refuses nearly all; with the hash made right again, what lies behind it must hold too.
        Try(valid, 2, Mutation.Of, Read);
        var refused = Try(valid, 3, (bytes, random) => WithRightHash(MutatedHeader(bytes, random)), Read);
        Assert.InRange(refused, Files / 2, Files - 1);

        // Reads the file as eval does and then as train --resume does; each is held to the bound by itself.
        Action Read(string path)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var model = ModelFile.Load(path, SafetensorsFile.Read(path), backend);
            RequireBound(before, path, "loading");
            var folder = Directory.CreateDirectory(path + "-run").FullName;
            File.Copy(path, Path.Combine(folder, "last.safetensors"), overwrite: true);
            before = GC.GetAllocatedBytesForCurrentThread();
            TrainingRun run;
            try
            {
                run = TrainingRun.Resume(recipe, Path.Combine(_folder, "text.txt"), folder, backend);
            }
            catch
            {
                model.Dispose();
                throw;
            }
            finally
            {
                RequireBound(before + start, path, "resuming");
            }
            return () => Use(model, run);
        }
    }

    /// <summary>At most four times the file once the tables that are made once are there, beside a fixed amount for messages.</summary>
    private void RequireBound(long before, string path, string what)
    {
        if (!_warm)
            return;
        var (allocated, size) = (GC.GetAllocatedBytesForCurrentThread() - before, new FileInfo(path).Length);
        Assert.True(allocated <= Fixed + 4 * size, $"{what}: {allocated} bytes allocated for a file of {size}");
    }

    private static void Use(LanguageModel model, TrainingRun run)
    {
        using (model)
            Evaluator.Evaluate(model, [0, 1, 2, 1]);
        using (run)
        {
            using var stop = new CancellationTokenSource();
            run.Trainer.Reported += _ => stop.Cancel();
            try
            {
                run.Fit(stop.Token);
            }
            catch (OperationCanceledException)
            {
                // One report is enough.
            }
        }
    }

    /// <summary>Returns how many files were refused.</summary>
    private int Try(byte[] valid, int seed, Func<byte[], System.Random, byte[]> mutate, Func<string, Action> read)
    {
        var random = new System.Random(seed);
        var path = Path.Combine(_folder, "mutated");
        var refused = 0;
        _warm = false;
        File.WriteAllBytes(path, valid);
        read(path)(); // tables that are made once; the errors have some too
        File.WriteAllBytes(path, [.. valid[..^20], .. "\"x\": 1"u8]);
        Assert.ThrowsAny<NativeRnnException>(() => read(path));
        _warm = true;
        for (var i = 0; i < Files; i++)
        {
            var bytes = mutate(valid, random);
            File.WriteAllBytes(path, bytes);
            try
            {
                read(path)();
            }
            catch (NativeRnnException e)
            {
                refused++;
                Assert.DoesNotContain('\n', e.Message);
                Assert.True(e is TrainingException || e.Message.Contains(path, StringComparison.Ordinal), e.Message);
            }
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
