# Runs every test; sourced by `./build.sh test` after the build. Ends with "N passed, N failed".
passed=0
failed=0

# check NAME COMMAND…: one check that counts as one test; its output is shown when it fails.
check() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf 'passed: %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$name"
        cat "$log"
    fi
    rm -f "$log"
}

# The C checks, plain and under the sanitizers.
native_checks() {
    local preset
    command -v clang-format >/dev/null || install clang-format
    check "C format" bash -c 'git ls-files "*.c" "*.cpp" "*.h" "*.inc" | xargs clang-format --dry-run -Werror'
    for preset in release asan tsan; do
        check "native library ($preset) builds" native "$preset"
        check "ctest ($preset)" ctest --preset "$preset"
    done
}

# xunit's own count is added to ours.
managed_tests() {
    local log results status=0
    results=$(mktemp -d)
    check "C# format" dotnet format NativeRnn.sln --verify-no-changes --no-restore
    ldconfig -p | grep -q libopenblas.so.0 || install libopenblas0 # for managed-blas
    [ -d ../shared/vectors ] || echo "note: ../shared/vectors is not there; only the vectors that the tests make are compared"
    dotnet test NativeRnn.sln -c Release --no-build -nologo --logger "trx;LogFileName=tests.trx" --results-directory "$results" || status=$?
    log=$(find "$results" -name '*.trx' | head -n 1)
    if [ -z "$log" ]; then
        failed=$((failed + 1))
        echo "FAILED: dotnet test left no results (exit code $status)"
        return
    fi
    local p f
    p=$(grep -o 'passed="[0-9]*"' "$log" | head -n 1 | tr -dc 0-9)
    f=$(grep -o ' total="[0-9]*"' "$log" | head -n 1 | tr -dc 0-9)
    f=$((f - p)) # whatever did not pass failed, skipped ones too
    [ "$status" = 0 ] || [ "$f" -gt 0 ] || f=1
    passed=$((passed + p))
    failed=$((failed + f))
    rm -rf "$results"
}

# What users get: the packages and the published command, and what they do with them.
package_checks() {
    local step
    command -v python3 >/dev/null || command -v unzip >/dev/null || install unzip # to look into packages
    check "pack" pack
    for step in contents library tool published; do
        check "package: $step" tests/package.sh "$step"
    done
}

native_checks
managed_tests
check "managed tests on the sanitized library" tests/sanitized.sh
package_checks
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
