using System.Reflection;
using System.Runtime.CompilerServices;
using NativeRnn.Backends;

namespace NativeRnn.Tests.Api;

/// <summary>What the library offers, found by reflection, so that nothing new can stay untested.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> Types => typeof(Backend).Assembly.GetExportedTypes().Where(type => !type.IsEnum && !type.IsInterface);

    /// <summary>Constructors, methods and indexers; not what every object has, nor what the compiler writes for records.</summary>
    public static IEnumerable<MethodBase> Members => Types.SelectMany(type => ((MethodBase[])[.. type.GetConstructors(), .. type.GetMethods(Declared)])
        .Where(member => member.IsConstructor || !member.IsSpecialName || member.Name == "get_Item")
        .Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsOfObject(member)));

    /// <summary>Public methods that a disposable object has besides <c>Dispose</c> and those of every object.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type type) => type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
        .Where(method => !method.IsSpecialName && method.Name != nameof(IDisposable.Dispose) && !IsOfObject(method));

    /// <summary>Properties that may be set, be it only when the object is made.</summary>
    public static IEnumerable<PropertyInfo> Settable => Types.SelectMany(type => type.GetProperties(Declared)).Where(property => property.SetMethod?.IsPublic == true);

    public static string NameOf(MethodBase member) =>
        $"{member.DeclaringType!.Name}.{member.Name}({string.Join(", ", member.GetParameters().Select(parameter => parameter.ParameterType.Name))})";

    /// <summary>Whether reflection can call it: it can neither hand over nor take a span.</summary>
    public static bool IsCallable(MethodBase member) => !member.GetParameters().Select(parameter => parameter.ParameterType)
        .Append((member as MethodInfo)?.ReturnType ?? typeof(void)).Append(member.DeclaringType!)
        .Any(type => (type.IsByRef ? type.GetElementType()! : type).IsByRefLike);

    /// <summary>Calls a member; what it throws comes as it is.</summary>
    public static object? Call(MethodBase member, object? instance, object?[] arguments)
    {
        const BindingFlags AsItIs = BindingFlags.DoNotWrapExceptions;
        return member is ConstructorInfo constructor
            ? constructor.Invoke(AsItIs, null, arguments, null)
            : member.Invoke(instance, AsItIs, null, arguments, null);
    }

    private static bool IsOfObject(MethodBase member) => (member as MethodInfo)?.GetBaseDefinition().DeclaringType == typeof(object);
}
