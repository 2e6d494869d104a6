# Toolchain: Debian's cross compiler for 64-bit ARM. OpenBLAS comes from artifacts/build/linux-arm64-root, where
# `./build.sh cross` unpacks it; QEMU runs the checks.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${CMAKE_CURRENT_LIST_DIR}/../artifacts/build/linux-arm64-root /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)

# On one processor: QEMU 7 on x86 lets a load pass a sequentially consistent store before it, which ARM does not, and
# threads on several processors then miss each other's wake-up now and then.
file(STRINGS /proc/self/status nrnn_allowed REGEX "^Cpus_allowed_list:")
string(REGEX MATCH "[0-9]+" nrnn_cpu "${nrnn_allowed}")
set(CMAKE_CROSSCOMPILING_EMULATOR taskset -c ${nrnn_cpu} qemu-aarch64 -L /usr/aarch64-linux-gnu)
