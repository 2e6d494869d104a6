using System.Text;
using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Serialization;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>Every mistake that a user can make ends in one line that names it, exit code 2, and nothing written.</summary>
public sealed class BadInputTests(BadInputTests.Files files) : IClassFixture<BadInputTests.Files>
{
    // In the arguments, {f} is the folder of the fixture, {e} is empty; {t} stands for "train {f}/recipe.json --data {f}/text.txt --out {f}/out", {r} for the
    // same with "--out {f}/run --resume". What follows => must stand in the message.
    private static readonly string[] Cases =
    [
        // data
        "train {f}/recipe.json --data {f}/missing.txt --out {f}/out => missing.txt",
        "train {f}/recipe.json --data {f}/empty.txt --out {f}/out => empty",
        "train {f}/recipe.json --data {f}/short.txt --out {f}/out => 129",
        "train {f}/recipe.json --data {f}/latin1.txt --out {f}/out => latin1.txt",
        "train {f}/recipe.json --data {f}/utf16.txt --out {f}/out => utf16.txt",
        "train {f}/recipe.json --data {f}/cut.gz --out {f}/out => cut.gz",
        "train {f}/recipe.json --data {f}/garbage.gz --out {f}/out => garbage.gz",
        "train {f}/recipe.json --data {f} --out {f}/out => folder",
        "{t} --set data.validation_fraction=0.00005 => single character",
        "train {f}/words.json --data {f}/text.txt --out {f}/out => is a file, the recipe names files in a folder",
        "train {f}/words.json --data {f}/nowhere --out {f}/out => nowhere/text.txt: there is no such file",
        "train {f}/words.json --data {f} --out {f}/out --set data.test_file=missing.txt => missing.txt: there is no such file",
        "train {f}/words.json --data {f} --out {f}/out --set data.train_file=blank.txt => blank.txt: holds no word",
        "train {f}/words.json --data {f} --out {f}/out --set data.train_file=short.txt => short.txt: 2 tokens are too few",
        "train {f}/words.json --data {f} --out {f}/out --set data.validation_file=spaces.txt => spaces.txt: 0 tokens are too few; at least 2",
        "train {f}/words.json --data {f} --out {f}/out --set data.test_file=one.txt => one.txt: 1 tokens are too few; at least 2",
        // recipes
        "train {f}/missing.json --data {f}/text.txt --out {f}/out => missing.json",
        "train {f}/empty.txt --data {f}/text.txt --out {f}/out => empty",
        "train {f} --data {f}/text.txt --out {f}/out => folder",
        "train {f}/broken.json --data {f}/text.txt --out {f}/out => broken.json:1",
        "train {f}/latin1.txt --data {f}/text.txt --out {f}/out => latin1.txt",
        "train {f}/misspelt.json --data {f}/text.txt --out {f}/out => did you mean model.hidden?",
        "train {f}/twice.json --data {f}/text.txt --out {f}/out => model.hidden",
        "train {f}/without.json --data {f}/text.txt --out {f}/out => model.hidden",
        "{t} --set task=tagging => language-model",
        "{t} --set model.cell=quantum => lstm",
        "{t} --set model.hidden=0 => model.hidden",
        "{t} --set model.hidden=-3 => model.hidden",
        "{t} --set model.hidden=1.5 => model.hidden",
        "{t} --set model.hidden=many => model.hidden",
        "{t} --set model.hiden=3 => did you mean model.hidden?",
        "{t} --set hidden=3 => model.hidden",
        "{t} --set training.epochs => training.epochs",
        "{t} --set training.clip_norm=0 => training.clip_norm",
        "{t} --set training.optimizer.kind=adamm => adam",
        "{t} --set training.optimizer.learning_rate=-1 => learning_rate",
        "{t} --set training.optimizer.momentum=0.9 => training.optimizer.momentum",
        "{t} --set training.optimizer.kind=sgd --set training.optimizer.nesterov=true => momentum",
        "{t} --set data.min_count=2 => data.min_count belongs to the tokenizer",
        "{t} --set data.test_file=text.txt => data.train_file",
        "{t} --set model.init_scale=-1 => model.init_scale",
        "{t} --set training.reduction=median => mean_per_token",
        "{t} --set model.hidden=100000 => memory",
        "{t} --set training.batch=1000000 => training",
        // options
        "tarin => tarin",
        "train => RECIPE",
        "train {f}/recipe.json --data {f}/text.txt --out {e} => --out is empty",
        "train {f}/recipe.json --data {e} --out {f}/out => --data is empty",
        "{t} --backend managed --isa avx2 => native",
        "{t} --backend managed --threads 4 => 4 threads can be asked of the native backend only; managed computes on one",
        "{r} --set training.epochs=0 => training.epochs",
        "{t} --epochs 3 => --epochs",
        "{t} --threads -1 => --threads",
        "{t} --threads 65 => 64",
        "{t} --threads two => expected a whole number",
        "{t} --seed 99999999999999999999 => expected a whole number",
        "{t} --backend natve => native",
        "{t} --isa avx3 => avx3",
        "{t} --seed -1 => seed",
        "{t} --checkpoint-every -1 => checkpoint_every",
        "train {f}/recipe.json --data {f}/text.txt => --out",
        "generate {f}/run --temperature -1 => --temperature",
        "generate {f}/run --temperature NaN => --temperature",
        "generate {f}/run --temperature 0,5 => --temperature is 0,5",
        "generate {f}/@run => @run",
        "generate @alice => @alice: no model",
        "generate {f}/run --length 0 => --length",
        "generate {f}/run --top-k -1 => --top-k",
        "generate {f}/run --prime ß => U+00DF",
        "generate {f}/run --prime {e} => the prime is empty",
        "generate {f}/run --seed -1 => --seed",
        "generate => DIR",
        "eval => DIR",
        "eval {f}/run --backend managed --threads 2 => native backend only",
        "eval {f}/run --data {f}/missing.txt => missing.txt",
        "eval {f}/best.safetensors --data {f}/one-letter.txt => one-letter.txt: 1 tokens are too few",
        "eval {f}/best.safetensors --data {f}/latin1.txt => latin1.txt:2",
        "info => DIR",
        "info {f}/run {f}/model-only => model-only",
        "bench --rounds 0 => --rounds",
        "bench --rounds many => expected a whole number",
        "bench --isa avx3 => avx3",
        "bench --backend native => --backend",
        "bench --json {f} => is a folder",
        "bench --markdown {f}/nowhere/bench.md => no such folder",
        "bench memory => --steps",
        "bench memory --steps 0 => --steps",
        "demo --seconds 0 => --seconds",
        "demo --seconds long => expected a whole number",
        "demo --backend managed --threads 4 => native backend only",
        "demo --isa avx3 => avx3",
        "demo {f}/text.txt => text.txt",
        "doctor --jsn => --jsn",
        "doctor --backend native => --backend",
        "verify {f}/nowhere => nowhere",
        "verify {e} => PATH is empty",
        "verify {f}/run --backend natve => native",
        "verify {f}/run --backend managed --threads 2 => native backend only",
        "verify {f}/run --isa avx3 => avx3",
        "train {f}/recipe.json --data {f}/text.txt --out {f} => recipe.json is there already",
        // models and checkpoints
        "{t} --resume => nothing to resume",
        "eval {f}/nowhere => nowhere",
        "info {f}/text.txt => text.txt",
        "generate {f}/text.txt => text.txt",
        "info {f}/newer.safetensors => format version",
        "info {f}/quantum.safetensors => unknown cell",
        "info {f}/sizeless.safetensors => is not what nativernn writes; use another copy",
        "info {f}/junk => \"training\" in the metadata is not what nativernn writes; use another copy",
        "info {f}/foreign.safetensors => nativernn",
        "eval {f}/best.safetensors => --data",
        "eval {f}/pipe => is a pipe",
        "info /dev/zero => is a device",
        "eval {f}/run --test => data.test_file",
        "eval {f}/run --test --data {f}/text.txt => exclude each other",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/run => holds a run already",
        "train {f}/recipe.json --data {f}/other.txt --out {f}/run --resume => another text",
        "{r} --set model.hidden=25 => model.hidden",
        "{r} --set training.optimizer.kind=sgd => training.optimizer.kind",
        "{r} --seed 9 => seed",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/model-only --resume => training",
        // where it goes
        "train {f}/recipe.json --data {f}/text.txt --out {f}/text.txt => text.txt: is a file, expected a folder",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/text.txt/run => text.txt: is a file, expected a folder",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/locked => run.lock: is a folder",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/dangling => is a link to nowhere",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/dangling/run => is a link to nowhere",
        "train {f}/recipe.json --data {f}/text.txt --out /proc/nativernn => /proc/nativernn",
    ];

    public static TheoryData<string> All => [.. Cases];

    [Theory]
    [MemberData(nameof(All))]
    public void Ends_in_one_line(string bad)
    {
        var (command, expected) = bad.Split(" => ") is [var left, var right] ? (left, right) : throw new ArgumentException(bad, nameof(bad));
        var arguments = command
            .Replace("{t}", "train {f}/recipe.json --data {f}/text.txt --out {f}/out", StringComparison.Ordinal)
            .Replace("{r}", "train {f}/recipe.json --data {f}/text.txt --out {f}/run --resume", StringComparison.Ordinal)
            .Split(' ')
            .Select(argument => argument.Replace("{f}", files.Folder, StringComparison.Ordinal).Replace("{e}", "", StringComparison.Ordinal));
        var before = files.Snapshot();
        AssertMistake(HostProcess.Run(["run", .. arguments]), expected);
        Assert.Equal(before, files.Snapshot());
    }

    [Theory]
    [InlineData("nativernn info {f}/run >/dev/full", "standard output")]
    [InlineData("nativernn eval {f}/run --json >/dev/full", "standard output")]
    [InlineData("nativernn --version >/dev/full", "standard output")]
    [InlineData("nativernn info {f}/run >&-", "standard output")]
    [InlineData("nativernn eval <(cat {f}/best.safetensors) --data {f}/text.txt", "save it as a file")]
    public void Ends_in_one_line_where_the_shell_redirects(string line, string expected)
    {
        var before = files.Snapshot();
        AssertMistake(HostProcess.Shell(line.Replace("{f}", files.Folder, StringComparison.Ordinal)), expected);
        Assert.Equal(before, files.Snapshot());
    }

    [Fact]
    public void Recipes_and_texts_may_come_through_pipes()
    {
        var output = Path.Combine(files.Folder, "piped");
        foreach (var source in (string[])["<(cat {f}/recipe.json) --data <(gzip -c {f}/text.txt)", "{f}/recipe.json --data /dev/stdin < {f}/text.txt"])
        {
            var line = $"nativernn train {source} --set training.epochs=1 --out {output}";
            var result = HostProcess.Shell(line.Replace("{f}", files.Folder, StringComparison.Ordinal));
            Assert.True(result.ExitCode == 0, result.Errors);
            Directory.Delete(output, recursive: true);
        }
    }

    [Fact]
    public void A_checkpoint_cut_anywhere_is_refused()
    {
        var whole = File.ReadAllBytes(Path.Combine(files.Folder, "run", "last.safetensors"));
        for (var sixteenth = 0; sixteenth < 16; sixteenth++)
            AssertRefused(whole.AsSpan(0, whole.Length * sixteenth / 16));
        AssertRefused(whole.AsSpan(0, whole.Length - 1));
        AssertRefused([.. whole, 0]);
    }

    [Fact]
    public void A_checkpoint_with_any_byte_of_its_header_flipped_is_refused()
    {
        var bytes = File.ReadAllBytes(Path.Combine(files.Folder, "run", "last.safetensors"));
        var header = 8 + (int)BitConverter.ToInt64(bytes);
        var random = new System.Random(5);
        for (var at = 0; at < header; at++)
        {
            var flip = (byte)(at % 2 == 0 ? 1 << random.Next(8) : random.Next(1, 256));
            bytes[at] ^= flip;
            AssertRefused(bytes);
            bytes[at] ^= flip;
        }
        bytes[^5] ^= 1; // nor in its data
        AssertRefused(bytes);
    }

    [Theory]
    [InlineData("\":\"", "\": \"")]
    [InlineData("\"content_sha256\"", "\"content\\u005fsha256\"")]
    [InlineData("\"content_sha256\":\"", "\"content_sha256\": \"0")]
    [InlineData("\"content_sha256\":\"", "\"content_sha256\":\"\",\"more\":\"")]
    [InlineData("\"content_sha256\":\"", "\"content_sha256\" : \"{]\",\"more\":\"")]
    public void A_checkpoint_whose_header_was_written_anew_is_refused(string part, string replacement)
    {
        var bytes = File.ReadAllBytes(Path.Combine(files.Folder, "run", "last.safetensors"));
        var data = 8 + (int)BitConverter.ToInt64(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, data - 8);
        Assert.Contains(part, header, StringComparison.Ordinal);
        var altered = Encoding.UTF8.GetBytes(header.Replace(part, replacement, StringComparison.Ordinal));
        AssertRefused([.. BitConverter.GetBytes((long)altered.Length), .. altered, .. bytes.AsSpan(data)], "altered");
    }

    [Fact]
    public void A_best_model_that_is_gone_is_not_told_of_as_there()
    {
        var run = Directory.CreateDirectory(Path.Combine(files.Folder, "bestless")).FullName;
        foreach (var name in (string[])["last.safetensors", "recipe.json", "metrics.jsonl"])
            File.Copy(Path.Combine(files.Folder, "run", name), Path.Combine(run, name));
        var result = HostProcess.Run(
            "run", "train", $"{files.Folder}/recipe.json", "--data", $"{files.Folder}/text.txt", "--out", run, "--resume", "--set", "training.epochs=1");
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains($"{run}/best.safetensors is no longer there", result.Output, StringComparison.Ordinal);
        Directory.Delete(run, recursive: true);
    }

    [Fact]
    public void Two_processes_never_share_a_folder()
    {
        string[] arguments = ["run", "train", $"{files.Folder}/recipe.json", "--data", $"{files.Folder}/text.txt", "--out", $"{files.Folder}/shared"];
        using (var first = HostProcess.StartLong(arguments))
        {
            try
            {
                AssertMistake(HostProcess.Run([.. arguments, "--resume"]), "another process is training there");
            }
            finally
            {
                first.Kill();
                HostProcess.Finish(first);
            }
        }
        Assert.Equal(0, HostProcess.Run([.. arguments, "--resume"]).ExitCode); // the system released the lock
        Directory.Delete(Path.Combine(files.Folder, "shared"), recursive: true);
    }

    private static void AssertMistake(HostProcess.Result result, string expected)
    {
        var what = $"exit code {result.ExitCode}: {result.Errors}{result.Output}";
        Assert.True(result.ExitCode == 2, what);
        Assert.True(result.Output.Length == 0, what);
        Assert.True(result.Errors.StartsWith("nativernn: ", StringComparison.Ordinal), what);
        Assert.True(result.Errors.TrimEnd('\n').Split('\n').Length == 1, what);
        Assert.True(result.Errors.Contains(expected, StringComparison.Ordinal), what);
    }

    private void AssertRefused(ReadOnlySpan<byte> bytes, string expected = "")
    {
        var path = Path.Combine(files.Folder, "damaged.safetensors");
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<CheckpointException>(() => LanguageModel.Load(path, files.Backend));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        File.Delete(path);
    }

    /// <summary>A trained run and one of each bad file.</summary>
    public sealed class Files : IDisposable
    {
        public Files()
        {
            Write("empty.txt", []);
            Write("blank.txt", " \n\t\n"u8);
            Write("spaces.txt", "  \t "u8);
            Write("one.txt", "one"u8);
            Write("one-letter.txt", "e"u8);
            Write("short.txt", "too short"u8);
            Write("latin1.txt", [0x61, 0x0A, 0xE9, 0x62]);
            Write("utf16.txt", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Fixture.Text(500))).ToArray());
            Write("garbage.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]);
            Write("cut.gz", Gzip(Fixture.Text(5_000)).AsSpan(0, 500));
            Write("other.txt", Encoding.UTF8.GetBytes(Fixture.Text(19_000)));
            SystemCommand.Run("mkfifo", Path.Combine(Folder, "pipe"));
            File.CreateSymbolicLink(Path.Combine(Folder, "dangling"), "nowhere");
            Directory.CreateDirectory(Path.Combine(Folder, "locked", "run.lock"));
            Write("broken.json", "{ \"task\": "u8);
            Write("misspelt.json", Edited("\"hidden\"", "\"hiden\""));
            Write("twice.json", Edited("\"hidden\": 24", "\"hidden\": 24, \"hidden\": 25"));
            Write("without.json", Edited("\"hidden\": 24, ", ""));
            var run = Path.Combine(Folder, "run");
            var trained = HostProcess.Run("run", "train", $"{Folder}/recipe.json", "--data", $"{Folder}/text.txt", "--out", run, "--set", "training.epochs=1");
            Assert.True(trained.ExitCode == 0, trained.Errors);
            File.Copy(Path.Combine(run, "best.safetensors"), Path.Combine(Folder, "best.safetensors"));
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
}
