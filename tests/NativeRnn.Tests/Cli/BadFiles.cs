using System.Text;
using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Serialization;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>A trained run and one of each bad file.</summary>
public sealed class BadFiles : IDisposable
{
    public BadFiles()
    {
        Write("empty.txt", []);
        Write("blank.txt", " \n\t\n"u8);
        Write("spaces.txt", "  \t "u8);
        Write("one.txt", "one"u8);
        Write("one-letter.txt", "e"u8);
        Write("short.txt", "too short"u8);
        Write("latin1.txt", [0x61, 0x0A, 0xE9, 0x62]);
        Write("utf16.txt", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Fixture.Text(500))).ToArray());
        Write("utf16-unmarked.txt", Encoding.Unicode.GetBytes(Fixture.Text(500)));
        Write("zero.txt", "a\nbc\0d"u8);
        Write("garbage.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]);
        Write("cut.gz", Gzip(Fixture.Text(5_000)).AsSpan(0, 500));
        Write("other.txt", Encoding.UTF8.GetBytes(Fixture.Text(19_000)));
        SystemCommand.Run("mkfifo", Path.Combine(Folder, "pipe"));
        File.CreateSymbolicLink(Path.Combine(Folder, "dangling"), "nowhere");
        File.CreateSymbolicLink(Path.Combine(Folder, "text-link"), "text.txt");
        Directory.CreateSymbolicLink(Path.Combine(Folder, "link"), "run");
        Directory.CreateDirectory(Path.Combine(Folder, "locked", "run.lock"));
        Write("broken.json", "{ \"task\": "u8);
        Write("misspelt.json", Edited("\"hidden\"", "\"hiden\""));
        Write("twice.json", Edited("\"hidden\": 24", "\"hidden\": 24, \"hidden\": 25"));
        Write("without.json", Edited("\"hidden\": 24, ", ""));
        File.WriteAllText(Path.Combine(Folder, "both.json"), Fixture.WordRecipe.Replace("\"tokenizer\"", "\"validation_fraction\": 0.2, \"tokenizer\"", StringComparison.Ordinal));
        var run = Path.Combine(Folder, "run");
        Train("recipe.json", "text.txt", "run");
        Train("words.json", "", "words");
        File.Copy(Path.Combine(run, "best.safetensors"), Path.Combine(Folder, "best.safetensors"));
        foreach (var name in (string[])["recipe.json", "best.safetensors"])
            File.Copy(Path.Combine(run, name), Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "half")).FullName, name));
        File.Copy(Path.Combine(run, "best.safetensors"), Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "model-only")).FullName, "last.safetensors"));
        WriteModel("newer", metadata => metadata["format_version"] = "2");
        WriteModel("quantum", metadata => metadata["model"] = metadata["model"].Replace("lstm", "quantum", StringComparison.Ordinal));
        WriteJunk();
        WriteModel("sizeless", metadata => metadata["model"] = "{\"hidden\":\"many\"}");
        WriteModel("foreign", metadata => metadata.Clear());
    }

    public string Folder { get; } = Fixture.Folder();

    internal IBackend Backend { get; } = NativeRnn.Backends.Backend.Create(new BackendOptions { Name = "managed" });

    public List<string> Snapshot() =>
    [
        .. Directory.GetFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Order()
            .Select(path => FileKind.OtherThanFile(path) is null && new FileInfo(path).LinkTarget is null ? $"{path} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}" : path),
    ];

    public void Dispose()
    {
        Backend.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Train(string recipe, string data, string run)
    {
        var trained = HostProcess.Run("run", "train", $"{Folder}/{recipe}", "--data", $"{Folder}/{data}", "--out", $"{Folder}/{run}", "--set", "training.epochs=1");
        Assert.True(trained.ExitCode == 0, trained.Errors);
    }

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(memory, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }

    private static byte[] Edited(string from, string to) => Encoding.UTF8.GetBytes(Fixture.Recipe.Replace(from, to, StringComparison.Ordinal));

    private void Write(string name, ReadOnlySpan<byte> bytes) => File.WriteAllBytes(Path.Combine(Folder, name), bytes);

    /// <summary>A run's folder whose checkpoint is sound but for the progress in its metadata.</summary>
    private void WriteJunk()
    {
        var last = SafetensorsFile.Read(Path.Combine(Folder, "run", "last.safetensors"));
        var metadata = new Dictionary<string, string>(last.Metadata) { ["training"] = "{\"step\":\"many\"}", [SafetensorsChecksum.Key] = SafetensorsChecksum.Blank };
        var entries = last.Tensors.Values.Select(tensor => new SafetensorsEntry(tensor.Name, tensor.DType, tensor.Shape, stream => stream.Write(tensor.Bytes.Span)));
        SafetensorsWriter.Write(Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "junk")).FullName, "last.safetensors"), metadata, [.. entries]);
    }

    private void WriteModel(string name, Action<Dictionary<string, string>> change)
    {
        using var model = LanguageModel.Load(Path.Combine(Folder, "best.safetensors"), Backend);
        var metadata = ModelFile.Metadata(model);
        change(metadata);
        SafetensorsWriter.Write(Path.Combine(Folder, name + ".safetensors"), metadata, ModelFile.Entries(model));
    }
}
