using System.Runtime.ExceptionServices;

namespace NativeRnn.Data;

/// <summary>
/// Fills batches on a thread of its own, ahead of the training that takes them in their order. Taking one allocates nothing. The thread sleeps
/// until half of what it had filled is taken, so that it is woken seldom.
/// </summary>
internal sealed class BatchReader : IDisposable
{
    private const int TokensAhead = 1 << 16, MostAhead = 256;

    private readonly TokenStreams _streams;
    private readonly int _steps;
    private readonly (int[] Inputs, int[] Targets)[] _ring;
    private readonly AutoResetEvent _ready = new(false), _room = new(false); // events, for monitors allocate when threads meet
    private readonly Thread _thread;
    private int _filled, _taken; // batches so far; each is written by one thread
    private ExceptionDispatchInfo? _failure;
    private volatile bool _ended;

    /// <summary>Begins to read.</summary>
    /// <param name="streams">The streams.</param>
    /// <param name="steps">Steps of a batch, T.</param>
    /// <param name="first">The first batch, from 0.</param>
    /// <param name="end">The batch after the last.</param>
    public BatchReader(TokenStreams streams, int steps, int first, int end)
    {
        (_streams, _steps) = (streams, steps);
        _ring = new (int[], int[])[BatchesAhead(steps * streams.Batch)];
        foreach (ref var batch in _ring.AsSpan())
            batch = (new int[steps * streams.Batch], new int[steps * streams.Batch]);
        _thread = new Thread(() => Fill(first, end)) { IsBackground = true, Name = "batches" };
        _thread.Start();
    }

    /// <summary>The batches of so many tokens that lie in memory.</summary>
    public static int BatchesAhead(long tokens) => (int)Math.Clamp(TokensAhead / tokens, 2, MostAhead);

    /// <summary>The next batch: inputs and targets [T, B]. It stays as it is until the next call.</summary>
    public (int[] Inputs, int[] Targets) Next()
    {
        while (Volatile.Read(ref _filled) == _taken && !_ended)
            _ready.WaitOne();
        if (Volatile.Read(ref _filled) == _taken)
        {
            _failure?.Throw();
            throw new InvalidOperationException("all batches are taken");
        }
        var batch = _ring[_taken % _ring.Length];
        Volatile.Write(ref _taken, _taken + 1); // the batch before is free now, this one is in use
        if (Volatile.Read(ref _filled) - _taken <= _ring.Length / 2)
            _room.Set();
        return batch;
    }

    /// <summary>Stops the thread.</summary>
    public void Dispose()
    {
        _ended = true;
        _room.Set();
        _thread.Join();
        _ready.Dispose();
        _room.Dispose();
    }

    private void Fill(int first, int end)
    {
        try
        {
            for (var batch = first; batch < end; batch++)
            {
                while (_filled - Volatile.Read(ref _taken) >= _ring.Length - 1 && !_ended)
                    _room.WaitOne();
                if (_ended)
                    return;
                var (inputs, targets) = _ring[_filled % _ring.Length];
                _streams.Fill(batch * _steps, _steps, inputs, targets);
                Volatile.Write(ref _filled, _filled + 1);
                _ready.Set();
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e); // or it would end the process
        }
        _ended = true;
        _ready.Set();
    }
}
