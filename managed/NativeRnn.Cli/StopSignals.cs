using System.Runtime.InteropServices;

namespace NativeRnn.Cli;

/// <summary>Turns Ctrl-C, SIGTERM and a closed terminal (SIGHUP) into a cancellation. A second Ctrl-C ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens until disposed.</summary>
    public StopSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Stop(context, 129)),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, 130)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, 143)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>128 plus the signal's number; 0 while there was none.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Cancels after a time as a signal would, with exit code 0.</summary>
    public void After(TimeSpan time) => _source.CancelAfter(time);

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context, int exitCode)
    {
        if (ExitCode != 0)
            return; // not cancelled: the default ends the process
        context.Cancel = true;
        ExitCode = exitCode;
        _source.Cancel();
    }
}
