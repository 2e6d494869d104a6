namespace NativeRnn.Backends.Managed;

/// <summary>A row-major matrix over memory of someone else; row r begins at r·<see cref="Stride"/>.</summary>
internal readonly ref struct Matrix<T>(Span<T> data, int rows, int columns, int stride)
{
    public Matrix(Span<T> data, int rows, int columns) : this(data, rows, columns, columns) { }

    public Span<T> Data { get; } = data;
    public int Rows { get; } = rows;
    public int Columns { get; } = columns;
    public int Stride { get; } = stride;

    /// <summary>No memory at all: the caller does not want this result.</summary>
    public bool IsEmpty => Data.IsEmpty;

    public Span<T> this[int row] => Data.Slice(row * Stride, Columns);

    /// <summary>Rows <paramref name="first"/>… of this matrix, the same memory.</summary>
    public Matrix<T> Slice(int first, int count) => new(Data[(first * Stride)..], count, Columns, Stride);

    /// <summary>Columns <paramref name="first"/>… of this matrix, the same memory.</summary>
    public Matrix<T> SliceColumns(int first, int count) => new(Data[first..], Rows, count, Stride);
}

/// <summary>A <see cref="Matrix{T}"/> that is only read.</summary>
internal readonly ref struct ReadOnlyMatrix<T>(ReadOnlySpan<T> data, int rows, int columns, int stride)
{
    public ReadOnlyMatrix(ReadOnlySpan<T> data, int rows, int columns) : this(data, rows, columns, columns) { }

    public ReadOnlySpan<T> Data { get; } = data;
    public int Rows { get; } = rows;
    public int Columns { get; } = columns;
    public int Stride { get; } = stride;

    /// <summary>No memory at all: zeros.</summary>
    public bool IsEmpty => Data.IsEmpty;

    public ReadOnlySpan<T> this[int row] => Data.Slice(row * Stride, Columns);

    /// <summary>Rows <paramref name="first"/>… of this matrix, the same memory.</summary>
    public ReadOnlyMatrix<T> Slice(int first, int count) => new(Data[(first * Stride)..], count, Columns, Stride);

    /// <summary>Columns <paramref name="first"/>… of this matrix, the same memory.</summary>
    public ReadOnlyMatrix<T> SliceColumns(int first, int count) => new(Data[first..], Rows, count, Stride);

    public static implicit operator ReadOnlyMatrix<T>(Matrix<T> matrix) => new(matrix.Data, matrix.Rows, matrix.Columns, matrix.Stride);
}
