#!/usr/bin/env bash
# Builds, tests, shows and packs NativeRnn. CMake presets and dotnet do the work; build.ps1 has the same verbs.
# usage: ./build.sh [build|demo|test|bench|pack|cross|clean]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf '== %s\n' "$*"; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# need COMMAND PACKAGE...: without the command, the packages are among the caller's `missing`.
need() { command -v "$1" >/dev/null || missing+=("${@:2}"); }

# Names what is missing and installs it where apt-get may: compiler, CMake, OpenBLAS headers and library.
prerequisites() {
    local missing=()
    need cmake cmake
    need make make
    need cc gcc libc6-dev
    [ -n "$(find -L /usr/include /usr/local/include -maxdepth 3 -name openblas_config.h -print -quit 2>/dev/null)" ] ||
        missing+=(libopenblas-dev)
    install "${missing[@]}"
    command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing; see https://dotnet.microsoft.com/download"
}

install() {
    [ $# -gt 0 ] || return 0
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo=$(command -v sudo || true)
    if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && [ -z "$sudo" ]; }; then
        fail "missing: $*; on Debian or Ubuntu: apt-get install $*"
    fi
    say "installing $*"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$@" >/dev/null
}

native() {
    say "native library ($1)"
    cmake --preset "$1" -Wno-dev >/dev/null
    cmake --build --preset "$1" --parallel "$(nproc)" >/dev/null
}

build() {
    prerequisites
    native release
    say "managed library and command line"
    dotnet build NativeRnn.sln -c Release -v quiet -nologo
    launcher
}

launcher() {
    cat >artifacts/nativernn <<'EOF'
#!/bin/sh
exec dotnet "$(dirname "$(readlink -f "$0")")/../managed/NativeRnn.Cli/bin/Release/net10.0/NativeRnn.Cli.dll" "$@"
EOF
    chmod +x artifacts/nativernn
}

# The NuGet packages in artifacts/packages, and the command for this kind of machine in artifacts/publish. What publishing
# needs beside the build (its own restore and objects) stays apart, in artifacts/build/publish.
pack() {
    prerequisites
    native release
    rm -rf artifacts/packages artifacts/publish
    say "packages"
    local project
    for project in managed/NativeRnn managed/NativeRnn.Cli; do
        dotnet pack $project -c Release -v quiet -nologo
    done
    say "published command"
    dotnet publish managed/NativeRnn.Cli -c Release -r "$(rid)" --artifacts-path "$PWD/artifacts/build/publish" -o artifacts/publish -v quiet -nologo
    printf '%12s  %s\n' bytes file
    stat -c '%12s  %n' artifacts/packages/* artifacts/publish/*
    printf '%12d  %s\n' "$(gzip -c "artifacts/native/$(rid)/libnativernn.so" | wc -c)" "of each package: libnativernn.so, compressed"
}

# The native library and its checks for 64-bit ARM, the checks run by an emulator.
cross() {
    local missing=()
    need cmake cmake
    need make make
    need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    need qemu-aarch64 qemu-user
    install "${missing[@]}"
    openblas_arm64
    native linux-arm64
    ctest --preset linux-arm64
}

# OpenBLAS for 64-bit ARM, unpacked where cmake/linux-arm64.cmake looks and not installed: apt-get works on a state of its
# own, and the system's stays as it is.
openblas_arm64() {
    local root=$PWD/artifacts/build/linux-arm64-root apt=$PWD/artifacts/build/linux-arm64-apt package=libopenblas-pthread-dev
    [ -z "$(find "$root" -name libopenblas.a -print -quit 2>/dev/null)" ] || return 0
    say "OpenBLAS for linux-arm64"
    mkdir -p "$root" "$apt/lists/partial" "$apt/archives/partial"
    : >"$apt/status"
    local of_arm64=(-qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root
        -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt")
    (cd "$apt" && apt-get "${of_arm64[@]}" update && apt-get "${of_arm64[@]}" download $package && dpkg-deb -x ${package}_*_arm64.deb "$root") ||
        fail "apt-get cannot fetch $package for arm64; unpack it into $root with: dpkg-deb -x ${package}_VERSION_arm64.deb $root"
}

rid() { printf 'linux-%s\n' "$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')"; }

verb=${1:-build}
[ $# -le 1 ] || fail "one verb only; usage: ./build.sh [build|demo|test|bench|pack|cross|clean]"
case $verb in
    build) build ;;
    demo)
        build
        artifacts/nativernn demo
        ;;
    test)
        build
        source tests/run.sh
        ;;
    bench)
        build
        artifacts/nativernn bench
        dotnet run --project bench/NativeRnn.Bench -c Release --no-build -- --filter '*'
        ;;
    pack) pack ;;
    cross) cross ;;
    clean)
        rm -rf artifacts
        dotnet clean NativeRnn.sln -c Release -v quiet -nologo
        ;;
    *) fail "unknown verb $verb; usage: ./build.sh [build|demo|test|bench|pack|cross|clean]" ;;
esac
