namespace NativeRnn;

/// <summary>
/// Lets calls meet a <c>Dispose</c> on another thread: memory that a call uses is freed when the last one has returned, and calls that come later
/// throw. Freed at once it would be read all the same, for nothing watches over memory outside the garbage-collected heap.
/// </summary>
/// <param name="owner">Whose lifetime it is, for messages.</param>
/// <param name="free">Frees what the owner has; called once.</param>
internal sealed class Lifetime(object owner, Action free)
{
    private const int Disposed = 1 << 30;

    private int _calls; // the calls under way, plus Disposed

    /// <summary>A call begins, beside others; it ends where the returned value is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The owner is gone.</exception>
    public Call Enter()
    {
        while (true)
        {
            ThrowIfDisposed();
            var calls = Volatile.Read(ref _calls);
            if (calls < Disposed && Interlocked.CompareExchange(ref _calls, calls + 1, calls) == calls)
                return new Call(this);
        }
    }

    /// <summary>A call begins that goes with no other.</summary>
    /// <param name="otherwise">What to say when there is one.</param>
    /// <exception cref="ObjectDisposedException">The owner is gone.</exception>
    /// <exception cref="InvalidOperationException">Another call is under way.</exception>
    public Call EnterAlone(string otherwise)
    {
        var calls = Interlocked.CompareExchange(ref _calls, 1, 0);
        ObjectDisposedException.ThrowIf(calls >= Disposed, owner);
        return calls == 0 ? new Call(this) : throw new InvalidOperationException(otherwise);
    }

    /// <summary>For calls that take their time.</summary>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _calls) >= Disposed, owner);

    /// <summary>Frees what the owner has, now or when the last call returns. A second time does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Or(ref _calls, Disposed) == 0)
            free();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _calls) == Disposed)
            free();
    }

    /// <summary>A call under way.</summary>
    internal readonly ref struct Call(Lifetime lifetime)
    {
        /// <summary>The call returns.</summary>
        public void Dispose() => lifetime.Leave();
    }
}
