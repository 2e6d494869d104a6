namespace NativeRnn.Data;

/// <summary>The words of a text one after the other: what stands between white space, and <c>&lt;eos&gt;</c> for every line feed.</summary>
internal ref struct WordReader(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly WordReader GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            if (_text[_at++] == '\n')
            {
                Current = WordVocabulary.EndOfLine;
                return true;
            }
        }
        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]))
            _at++;
        Current = _text[start.._at];
        return _at > start;
    }
}
