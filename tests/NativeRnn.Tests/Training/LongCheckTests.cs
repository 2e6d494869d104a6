using NativeRnn.TestHost;

namespace NativeRnn.Tests.Training;

/// <summary>The checks that need a process of their own, with fewer trials than their commands do; see CONTRIBUTING.md.</summary>
public class LongCheckTests
{
    [Fact]
    public void A_killed_run_goes_on_to_the_same_bits()
    {
        using var log = new StringWriter();
        Assert.True(KillCheck.Run(moments: 4, seed: 11, log) == 0, log.ToString());
    }

    [Fact]
    public void A_steady_step_allocates_nothing()
    {
        var result = HostProcess.Run("allocations");
        Assert.True(result.ExitCode == 0, result.Output.Split('\n')[^2] + result.Errors);
    }
}
