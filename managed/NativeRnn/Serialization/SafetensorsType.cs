namespace NativeRnn.Serialization;

/// <summary>The element types of the safetensors format and their sizes.</summary>
internal static class SafetensorsType
{
    /// <summary>Bytes per element, or 0 for a name that the format does not know.</summary>
    public static int SizeOf(string dtype) => dtype switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => 0,
    };

    /// <summary>Elements of <paramref name="shape"/>; false when a size is negative or the bytes do not fit 63 bits.</summary>
    public static bool TryCount(ReadOnlySpan<long> shape, int elementSize, out long elements)
    {
        elements = shape.Contains(0) ? 0 : 1;
        foreach (var size in shape)
        {
            if (size < 0)
                return false;
            if (elements != 0 && size > long.MaxValue / elementSize / elements)
                return false;
            elements *= size;
        }
        return true;
    }
}
