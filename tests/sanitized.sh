#!/usr/bin/env bash
# Runs the managed tests on the library of the asan preset: the address and the undefined-behaviour sanitizer see what C does with
# memory that C# owns. A finding ends the test process, and is printed at the end.
# Left out: LongCheckTests, which starts and kills a hundred processes, and ReadmeTests, which runs the compiler. What they train is
# trained by other tests too. And one that limits addresses: the address sanitizer reserves terabytes of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
library=$PWD/artifacts/build/asan/native/libnativernn.so
runtimes=$(ldd "$library" | grep -Eo '/[^ ]*lib(clang_rt\.)?(asan|ubsan)[^ ]*' | paste -sd : || true)
[ -n "$runtimes" ] || { echo "$library does not load the runtime of a sanitizer as a library; build it with GCC, or Clang's -shared-libsan"; exit 1; }
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

# .NET handles SIGSEGV and the arithmetic signals itself, on stacks of its own, and frees nothing at the end.
export ASAN_OPTIONS="detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0:abort_on_error=1:log_path=$reports/asan"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:abort_on_error=1:log_path=$reports/ubsan"
export NATIVERNN_LIBRARY=$library DOTNET_DbgEnableMiniDump=0
ulimit -c 0
status=0
LD_PRELOAD=$runtimes dotnet test tests/NativeRnn.Tests -c Release --no-build -nologo \
    --filter 'FullyQualifiedName!~LongCheckTests&FullyQualifiedName!~ReadmeTests&FullyQualifiedName!~Threads_without_addresses' || status=$?
for report in "$reports"/*; do
    [ -e "$report" ] || continue
    cat "$report"
    status=1 # also of a child process whose end a test expected
done
exit "$status"
