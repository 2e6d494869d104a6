#!/bin/sh
# Starts a peer of `nativernn bench --grid --peers`: start.sh onednn|pytorch|onnxruntime. Builds or installs it first where that is
# still to be done. When it cannot, the last line on standard error says what is missing, and the exit code is 3.
set -eu
cd "${0%/*}"

missing() {
    echo "$*" >&2
    exit 3
}

case ${1:-} in
    onednn)
        build=../../artifacts/build/peers/onednn
        if ! command -v cmake >/dev/null || ! command -v c++ >/dev/null; then
            missing "not installed: apt-get install cmake make g++ libdnnl-dev"
        fi
        mkdir -p "$build"
        log=$build/build.log
        cmake -S onednn -B "$build" >"$log" 2>&1 || missing "not installed: apt-get install libdnnl-dev (see artifacts/build/peers/onednn/build.log)"
        cmake --build "$build" >>"$log" 2>&1 || missing "does not build: see artifacts/build/peers/onednn/build.log"
        exec "$build/peer_onednn"
        ;;
    pytorch)
        for python in python3 /usr/bin/python3; do # the system's, where another one comes first
            if "$python" -c 'import torch' 2>/dev/null; then
                exec "$python" pytorch.py
            fi
        done
        missing "not installed: apt-get install python3-torch"
        ;;
    onnxruntime)
        command -v node >/dev/null && command -v npm >/dev/null || missing "not installed: it needs node and npm, which then installs onnxruntime-node"
        if ! [ package-lock.json -ot node_modules/.package-lock.json ]; then
            npm ci --ignore-scripts --no-audit --no-fund >&2 || missing "not installed: npm ci in bench/peers failed"
        fi
        exec node onnxruntime.mjs
        ;;
    *) missing "there is no peer ${1:-without a name}; usage: start.sh onednn|pytorch|onnxruntime" ;;
esac
