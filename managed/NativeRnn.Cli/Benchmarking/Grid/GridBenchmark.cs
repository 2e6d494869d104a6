using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>
/// Measures one layer on all numbers of threads, ours and the peers'. Within each round everyone has a turn beside the FMA peak, after one
/// run that does not count: the caches were the others'.
/// </summary>
internal static class GridBenchmark
{
    /// <summary>One row per number of threads.</summary>
    public static IReadOnlyList<GridRow> Measure(
        RecurrentShape shape, bool training, GridBackends backends, RunningPeers peers, QuietTurns turns, GridSettings settings)
    {
        var works = new List<LayerWork>();
        try
        {
            foreach (var backend in backends.All)
                works.Add(new LayerWork(backend.Backend, shape));
            var flops = training ? works[0].Flops : works[0].ForwardFlops;
            GridRow[] rows = [.. backends.All.Select(backend => new GridRow(shape, training, backend.Threads, new Measurement(flops)))];
            foreach (var row in rows)
                row.Peers.AddRange(Contestants(row, flops, peers, settings.Slice));
            for (var round = 0; round < settings.Rounds; round++)
            {
                for (var i = 0; i < rows.Length; i++)
                {
                    var (work, backend) = (works[i], backends.All[i]);
                    rows[i].Ours.Add(turns.Take(backend, () => TimeWarm(settings.Slice, training ? work.Run : work.Infer)));
                    MeasurePeers(rows[i], backend, peers, turns, settings.Slice);
                }
            }
            return rows;
        }
        finally
        {
            works.ForEach(work => work.Dispose());
        }
    }

    /// <summary>Seconds of one run, after one that does not count.</summary>
    public static double TimeWarm(double slice, Action run)
    {
        run();
        return Measurement.Time(slice, run);
    }

    /// <summary>The peers that can do the work, each at its best setting.</summary>
    private static List<PeerResult> Contestants(GridRow row, double flops, RunningPeers peers, double slice)
    {
        List<PeerResult> results = [];
        foreach (var running in peers.All.Where(running => !row.Training || !running.Peer.ForwardOnly).ToList())
        {
            var result = peers.Try(running, () => new PeerResult(
                running.Peer, running.BestSetting(row.Threads, () => PeerRequests.Layer(row.Shape, row.Training, slice)), new Measurement(flops)));
            if (result is not null)
                results.Add(result);
        }
        return results;
    }

    /// <summary>One turn of each. A peer that fails leaves the row: the medians of fewer rounds do not compare.</summary>
    private static void MeasurePeers(GridRow row, BenchBackend backend, RunningPeers peers, QuietTurns turns, double slice)
    {
        foreach (var running in peers.All.ToList())
        {
            if (row.Peers.Find(result => result.Peer == running.Peer) is not { } result)
                continue;
            peers.Try(running, () =>
            {
                var note = "";
                result.Time.Add(turns.Take(
                    backend, () => running.AskSeconds(result.Setting, PeerRequests.Layer(row.Shape, row.Training, slice), out note)));
                result.Note = note;
                return result;
            });
        }
        row.Peers.RemoveAll(result => peers.Problems.ContainsKey(result.Peer));
    }
}
