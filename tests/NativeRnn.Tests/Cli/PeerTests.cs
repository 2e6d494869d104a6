using System.Diagnostics;
using System.Text.Json;
using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Tests.Cli;

/// <summary>Peers of <c>bench --grid --peers</c>: their protocol, by scripts that speak it, and what is said of those that are missing.</summary>
public sealed class PeerTests
{
    private static readonly RecurrentShape Shape = new(CellKind.Lstm, 7, 2, 3, 4);

    [Fact]
    public void A_peer_that_does_the_same_work_takes_part_and_tells_its_time()
    {
        using var fake = new FakePeers();
        using var peers = RunningPeers.Start(fake.Folder);
        var running = Assert.Single(peers.All);
        Assert.Equal(Peer.OneDnn, running.Peer);
        Assert.Equal("0.1 (a fake)", running.Description);
        var seconds = running.AskSeconds(new PeerSetting(2), PeerRequests.Layer(Shape, training: true, seconds: 0.25), out var note);
        Assert.Equal((0.005, "fake"), (seconds, note));

        using var asked = JsonDocument.Parse(fake.Requests[^1]);
        Assert.Equal(["op", "cell", "mode", "T", "B", "I", "H", "seconds", "threads"], asked.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("lstm train", $"{asked.RootElement.GetProperty("cell")} {asked.RootElement.GetProperty("mode")}");
        Assert.Equal([7, 2, 3, 4, 2], ((string[])["T", "B", "I", "H", "threads"]).Select(name => asked.RootElement.GetProperty(name).GetInt32()));
        Assert.Equal(1 + (2 * PeerCheck.Cells.Count), fake.Requests.Length); // every cell was compared forward only and with backward
    }

    [Fact]
    public void A_peer_that_is_not_installed_is_named_with_what_installs_it()
    {
        using var fake = new FakePeers();
        using var peers = RunningPeers.Start(fake.Folder);
        Assert.Equal(
            ["PyTorch: not installed: apt-get install pytorch", "ONNX Runtime: not installed: apt-get install onnxruntime"],
            RunningPeers.Lines(peers.Problems));
    }

    [Fact]
    public void Without_the_folder_one_line_says_so()
    {
        using var peers = RunningPeers.Start(folder: null);
        Assert.Empty(peers.All);
        Assert.Equal(
            ["oneDNN, PyTorch, ONNX Runtime: not started: the folder bench/peers is not above this program; run artifacts/nativernn of a source tree"],
            RunningPeers.Lines(peers.Problems));
    }

    [Theory]
    [InlineData(CellKind.Lstm, "lstm")]
    [InlineData(CellKind.Gru, "gru")]
    [InlineData(CellKind.RnnTanh, "rnn_tanh")]
    public void A_peer_with_one_wrong_gradient_is_left_out(CellKind cell, string name)
    {
        using var fake = new FakePeers(gradientsOf: cell);
        using var peers = RunningPeers.Start(fake.Folder);
        Assert.Empty(peers.All);
        Assert.StartsWith($"does other work than our backends: dh0 of {name} differs by ", peers.Problems[Peer.OneDnn], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""echo '{"error":"out of luck"}'""", "out of luck")]
    [InlineData("""echo '{"ms":0}'""", """answered {"ms":0}; expected a time""")]
    [InlineData("""echo '{}'""", "answered {}; expected a time")]
    [InlineData("echo what", "answered \"what\"; expected a JSON object")]
    [InlineData("echo 5", "answered \"5\"; expected a JSON object")]
    [InlineData("exit 7", "ended with code 7")]
    [InlineData("echo 'I am broken' >&2; exit 7", "I am broken")]
    [InlineData("""echo '{"ms":5}'; while :; do :; done""", "keeps the processors busy when it has nothing to do, so that nothing can be measured beside it")]
    public void A_peer_that_fails_is_left_out_with_the_reason(string layer, string problem)
    {
        using var fake = new FakePeers(layer);
        using var peers = RunningPeers.Start(fake.Folder);
        var running = Assert.Single(peers.All);
        Assert.Null(peers.Try(running, () => $"{running.AskSeconds(new PeerSetting(1), PeerRequests.Layer(Shape, true, 0.1), out _)}"));
        Assert.Empty(peers.All);
        Assert.Equal(problem, peers.Problems[Peer.OneDnn]);
        Assert.Null(peers.Try(running, () => "a second chance"));
    }

    [Fact]
    public void The_best_setting_is_the_fastest_that_the_threads_allow()
    {
        Assert.Equal([new PeerSetting(2)], Peer.OneDnn.Settings(2));
        Assert.Equal([new PeerSetting(1, 1)], Peer.PyTorch.Settings(1));
        Assert.Equal(["1+1", "1+2", "2+1", "2+2"], Peer.PyTorch.Settings(2).Select(setting => $"{setting}"));
        using var fake = new FakePeers("""case $request in *'"threads":2'*) echo '{"ms":3}' ;; *) echo '{"ms":4}' ;; esac""");
        File.WriteAllText(Path.Combine(fake.Folder, PeerFolder.Script),
            File.ReadAllText(Path.Combine(fake.Folder, PeerFolder.Script)).Replace("!= onednn", "= none", StringComparison.Ordinal));
        using var peers = RunningPeers.Start(fake.Folder);
        var running = peers.All.Single(running => running.Peer == Peer.PyTorch);
        Assert.Equal(2, running.BestSetting(2, () => PeerRequests.Layer(Shape, true, 0.1)).Threads);
    }

    [Theory]
    [InlineData("onednn", "not installed: apt-get install cmake make g++ libdnnl-dev")]
    [InlineData("onnxruntime", "not installed: it needs node and npm, which then installs onnxruntime-node")]
    [InlineData("caffe", "there is no peer caffe; usage: start.sh onednn|pytorch|onnxruntime")]
    public void The_script_names_what_is_missing(string peer, string line)
    {
        var start = new ProcessStartInfo("/bin/sh", [Path.Combine(PeerFolder.Find()!, PeerFolder.Script), peer])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = "/nowhere";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.Equal((3, "", line + "\n"), (process.ExitCode, output, errors));
    }

    [Fact]
    public void The_folder_is_found_above_the_program_only()
    {
        using var fake = new FakePeers();
        var peers = Directory.CreateDirectory(Path.Combine(fake.Folder, "bench", "peers")).FullName;
        var program = Directory.CreateDirectory(Path.Combine(fake.Folder, "a", "b")).FullName;
        Assert.Null(PeerFolder.Find(program));
        File.WriteAllText(Path.Combine(peers, PeerFolder.Script), "");
        Assert.Equal(peers, PeerFolder.Find(program));
    }
}
