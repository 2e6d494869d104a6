using System.Globalization;
using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Tests.Cli;

/// <summary>A folder of peers that are shell scripts: oneDNN speaks the protocol, the others are not installed.</summary>
internal sealed class FakePeers : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nativernn-peers-").FullName;

    /// <param name="layer">Shell commands that answer a request for a time.</param>
    /// <param name="gradientsOf">The cell whose last gradient comes back with the wrong sign; null: all are right.</param>
    public FakePeers(string layer = """echo '{"ms":5,"note":"fake"}'""", CellKind? gradientsOf = null)
    {
        foreach (var cell in PeerCheck.Cells)
            File.WriteAllText(Path.Combine(_folder, CellInfo.Of(cell).Name), Answer(cell, wrong: cell == gradientsOf));
        File.WriteAllText(Path.Combine(_folder, PeerFolder.Script), $$"""
            cd "${0%/*}"
            if [ "$1" != onednn ]; then
                echo "some noise" >&2
                echo "not installed: apt-get install $1" >&2
                exit 3
            fi
            echo '{"name":"oneDNN","version":"0.1","details":"a fake"}'
            while read -r request; do
                printf '%s\n' "$request" >>requests
                case $request in
                    *'"op":"check"'*'"cell":"lstm"'*) cat lstm ;;
                    *'"op":"check"'*'"cell":"gru"'*) cat gru ;;
                    *'"op":"check"'*) cat rnn_tanh ;;
                    *) {{layer}} ;;
                esac
            done
            """);
    }

    /// <summary>Where the script is.</summary>
    public string Folder => _folder;

    /// <summary>The requests that oneDNN has read, a line each.</summary>
    public string[] Requests => File.ReadAllLines(Path.Combine(_folder, "requests"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Answer(CellKind cell, bool wrong)
    {
        var arrays = PeerCheck.Arrays(cell).ToDictionary(array => array.Key, array => array.Value);
        if (wrong)
            arrays["dh0"] = [.. arrays["dh0"].SkipLast(1), -arrays["dh0"][^1]];
        var fields = arrays.Select(array =>
            $"\"{array.Key}\":[{string.Join(",", array.Value.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}]");
        return $"{{{string.Join(",", fields)}}}\n";
    }
}
