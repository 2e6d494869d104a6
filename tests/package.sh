#!/usr/bin/env bash
# Does with the packages and the published command what a user does; `./build.sh pack` has made them. Called by run.sh.
# usage: tests/package.sh contents|library|tool|published
#   contents   sizes, what is inside, and that the native library needs the C library alone
#   library    a new console program, the package, the first example of README.md: it trains
#   tool       dotnet tool install, then nativernn demo
#   published  the published command as another user with a read-only root
# library and tool begin with an empty home, an empty folder and an empty package cache, and see no OpenBLAS.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=$root/artifacts/packages
published=$root/artifacts/publish
limit=$((8 * 1024 * 1024))
rid=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')

fail() { printf 'package.sh: %s\n' "$*" >&2; exit 1; }

# Runs this script again in a mount namespace of its own. Without root, a user namespace; where neither may be had, as it is.
in_namespace() {
    if [ "${NATIVERNN_IN_NAMESPACE:-}" != "" ]; then return; fi
    local way
    for way in "--mount" "--user --map-root-user --mount"; do
        # shellcheck disable=SC2086
        if unshare $way true 2>/dev/null; then
            NATIVERNN_IN_NAMESPACE="$way" exec unshare $way --propagation private "$0" "$@"
        fi
    done
    echo "no mount namespace may be had here: $1 runs without one"
    export NATIVERNN_IN_NAMESPACE=none
}

# Puts /dev/null over every OpenBLAS that the loader could find.
hide_openblas() {
    [ "$NATIVERNN_IN_NAMESPACE" != none ] || return 0
    ldconfig -p | grep -o '/.*libopenblas[^ ]*' | xargs -r readlink -e | sort -u | while read -r file; do
        mount --bind /dev/null "$file"
    done
}

# An empty home with the package sources of the user, and an empty folder that adds ours; goes there.
empty_home() {
    home=$(mktemp -d)
    trap 'rm -rf "$home"' EXIT
    local sources=${HOME:-/nonexistent}/.nuget/NuGet/NuGet.Config
    if [ -e "$sources" ]; then
        mkdir -p "$home/.nuget/NuGet"
        cp "$sources" "$home/.nuget/NuGet/NuGet.Config"
    fi
    DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
    export HOME=$home TMPDIR=$home/tmp DOTNET_ROOT DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
    export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false # no server outlives the folder
    unset NUGET_PACKAGES NATIVERNN_LIBRARY
    mkdir "$home/work" "$home/tmp"
    cd "$home/work"
    printf '<configuration><packageSources><add key="local" value="%s" /></packageSources></configuration>\n' "$packages" >nuget.config
}

version() { basename "$packages"/NativeRnn.Cli.*.nupkg .nupkg | sed 's/^NativeRnn\.Cli\.//'; }

# A text of words, the same every time.
text() {
    awk 'BEGIN { n = split("time state gate cell loss step hidden forget input output learns the of and", w, " ")
                 for (i = 0; i < 5000; i++) { s = (s * 1103515245 + 12345) % 2147483648
                                              printf "%s%s", w[int(s / 65536) % n + 1], i % 9 == 8 ? ".\n" : " " } }'
}

contents() {
    local package files size
    for package in "$packages/NativeRnn.$(version).nupkg" "$packages/NativeRnn.Cli.$(version).nupkg"; do
        size=$(stat -c %s "$package")
        printf '%s: %d bytes\n' "$(basename "$package")" "$size"
        [ "$size" -le "$limit" ] || fail "$package has $size bytes; at most $limit are allowed"
        files=$(python3 -m zipfile -l "$package" 2>/dev/null || unzip -l "$package")
        for file in README.md LICENSE "runtimes/$rid/native/libnativernn.so"; do
            grep -qF "$file" <<<"$files" || fail "$package lacks $file"
        done
        if grep -E '\.pdb|\.a |openblas' <<<"$files"; then fail "$package has what nobody needs"; fi
    done
    local needed
    needed=$(readelf -d "$root/artifacts/native/$rid/libnativernn.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
    printf 'libnativernn.so needs:\n%s\n' "$needed"
    ! grep -Ev '^(libc|libm|libpthread|ld-linux-[a-z0-9-]*)\.so' <<<"$needed" || fail "libnativernn.so needs more than the C library"
}

library() {
    in_namespace library
    hide_openblas
    empty_home
    dotnet new console -o example
    cd example
    dotnet add package NativeRnn --version "$(version)"
    sed -n '/^```csharp$/,/^```$/{//!p; /^```$/q}' "$root/README.md" >Program.cs
    text >input.txt
    dotnet run | tee output.txt
    grep -q 'bits per character' output.txt || fail "the example did not train"
    [ -e "$HOME/.nuget/packages/nativernn" ] || fail "the package did not come from the folder"
}

tool() {
    in_namespace tool
    hide_openblas
    empty_home
    dotnet tool install NativeRnn.Cli --tool-path tools --version "$(version)"
    tools/nativernn --version
    tools/nativernn demo --seconds 3 | tee output.txt
    grep -q 'validation loss' output.txt || fail "the demo did not train"
    if [ "$NATIVERNN_IN_NAMESPACE" != none ] && tools/nativernn demo --seconds 1 --backend managed-blas; then
        fail "an OpenBLAS was visible, so this proves nothing"
    fi
}

# The mounts of this namespace that hold the root and the temporary folder, read-only (ro) or writable (rw).
remount() {
    local mount
    for mount in / "$(stat -c %m "$home")"; do
        mount -o "remount,bind,$1" "$mount"
    done
}

published() {
    in_namespace published
    home=$(mktemp -d)
    trap 'umount "$home/out"; remount rw; rm -rf "$home"' EXIT
    cp "$published"/* "$root/recipes/char-lm.json" "$home"
    text >"$home/input.txt"
    mkdir "$home/out"
    chmod -R go+rX "$home"
    local as=(env -i HOME=/nonexistent)
    [ "$NATIVERNN_IN_NAMESPACE" != --mount ] || as=(setpriv --reuid 12345 --regid 12345 --clear-groups "${as[@]}")
    if [ "$NATIVERNN_IN_NAMESPACE" != none ]; then
        mount -t tmpfs -o mode=777 tmpfs "$home/out"
        remount ro
        ! touch "$home/x" 2>/dev/null || fail "the root is not read-only"
    else
        trap 'rm -rf "$home"' EXIT
    fi
    as+=("$home/nativernn")
    "${as[@]}" --version
    "${as[@]}" demo --seconds 2
    "${as[@]}" train "$home/char-lm.json" --data "$home/input.txt" --out "$home/out/run" --set training.epochs=1 --set model.hidden=32
    "${as[@]}" info "$home/out/run"
    "${as[@]}" generate "$home/out/run" --length 40
    # On a terminal, Spectre.Console draws; that it can shows that nothing it needs was trimmed.
    local drawn
    drawn=$(script -qec "$home/nativernn demo --seconds 2" /dev/null </dev/null)
    grep -q -e '━' -e '─' <<<"$drawn" || # full or, on a slow machine, still empty
        fail "no live bar on a terminal: $drawn"
}

case ${1:-} in
    contents | library | tool | published) "$1" ;;
    *) fail "usage: tests/package.sh contents|library|tool|published" ;;
esac
