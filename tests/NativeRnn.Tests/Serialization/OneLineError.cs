namespace NativeRnn.Tests.Serialization;

/// <summary>What every error that users see must keep to.</summary>
public static class OneLineError
{
    /// <summary>Runs <paramref name="action"/>, which must throw <typeparamref name="T"/> with one line that has every fragment.</summary>
    public static T Throws<T>(Action action, params string[] fragments) where T : NativeRnnException
    {
        var error = Assert.Throws<T>(action);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain('\r', error.Message);
        foreach (var fragment in fragments)
            Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
        return error;
    }

    /// <summary>Runs <paramref name="action"/>, which must succeed or throw <typeparamref name="T"/> with one line; true when it succeeded.</summary>
    public static bool SucceedsOrThrows<T>(Action action, string source) where T : NativeRnnException
    {
        try
        {
            action();
            return true;
        }
        catch (T e)
        {
            Assert.DoesNotContain('\n', e.Message);
            Assert.Contains(source, e.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
