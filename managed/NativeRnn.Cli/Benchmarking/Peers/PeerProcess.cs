using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>
/// A peer's process: one line of JSON asks, one line answers. It lives as long as the benchmark. Threads of a pool may spin for a while
/// after their work, so that whoever is measured next would share its processors with them: an answer is handed on only when the process
/// no longer uses any.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private const int IdlePauses = 2, MostPauses = 600;

    private readonly Process _process;
    private string _lastError = "";

    private PeerProcess(Process process) => _process = process;

    /// <summary>Version and what else there is to know of it, as it told when it started.</summary>
    public string Description { get; private set; } = "";

    /// <summary>Starts a peer and waits until it is ready, which may take a build.</summary>
    /// <param name="folder">The folder of the script.</param>
    /// <param name="argument">What the script is asked to start.</param>
    /// <param name="blasThreads">Threads of its OpenBLAS; 0 where it has none.</param>
    /// <exception cref="PeerException">It is not installed, or does not start.</exception>
    public static PeerProcess Start(string folder, string argument, int blasThreads)
    {
        var start = new ProcessStartInfo("/bin/sh", [Path.Combine(folder, PeerFolder.Script), argument])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (blasThreads > 0)
            start.Environment["OPENBLAS_NUM_THREADS"] = blasThreads.ToString(CultureInfo.InvariantCulture);
        var peer = new PeerProcess(Launch(start));
        peer._process.ErrorDataReceived += (_, line) => peer._lastError = string.IsNullOrWhiteSpace(line.Data) ? peer._lastError : line.Data;
        peer._process.BeginErrorReadLine();
        try
        {
            var hello = peer.Read();
            peer.Description = OneLine.Clean($"{hello.GetProperty("version").GetString()} ({hello.GetProperty("details").GetString()})");
            return peer;
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    /// <summary>Asks and waits for the answer, and until the process is idle again.</summary>
    /// <exception cref="PeerException">The process ended, could not do as asked, or is not idle after that.</exception>
    public JsonElement Ask(JsonObject request)
    {
        try
        {
            _process.StandardInput.WriteLine(request.ToJsonString());
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            throw Ended();
        }
        var answer = Read();
        if (answer.TryGetProperty("error", out var error))
            throw new PeerException(OneLine.Clean(error.ToString()));
        WaitUntilIdle();
        return answer;
    }

    /// <summary>Ends the process: by the end of its input, or by force if it does not listen.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(2)))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new PeerException($"cannot be started: {OneLine.Clean(e.Message)}");
        }
    }

    private JsonElement Read()
    {
        var line = _process.StandardOutput.ReadLine() ?? throw Ended();
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new PeerException($"answered {OneLine.Quote(line)}; expected a JSON object");
        }
        catch (JsonException)
        {
            throw new PeerException($"answered {OneLine.Quote(line)}; expected a JSON object");
        }
    }

    /// <summary>What it said last is the reason.</summary>
    private PeerException Ended()
    {
        _process.WaitForExit();
        return new PeerException(_lastError.Length > 0 ? OneLine.Clean(_lastError) : $"ended with code {_process.ExitCode}");
    }

    private void WaitUntilIdle()
    {
        var idle = 0;
        for (var pause = 0; pause < MostPauses && idle < IdlePauses; pause++)
        {
            Thread.Sleep(Pause);
            idle = IsIdle() ? idle + 1 : 0;
        }
        if (idle < IdlePauses)
            throw new PeerException("keeps the processors busy when it has nothing to do, so that nothing can be measured beside it");
    }

    /// <summary>Whether every thread waits. One that spins is running, or ready to, even where it has no processor for the moment.</summary>
    private bool IsIdle()
    {
        _process.Refresh();
        return _process.HasExited || _process.Threads.Cast<ProcessThread>()
            .All(thread => thread.ThreadState is not (System.Diagnostics.ThreadState.Running or System.Diagnostics.ThreadState.Ready));
    }
}
