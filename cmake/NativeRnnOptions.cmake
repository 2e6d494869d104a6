# Compiler and linker options of every native target, in the interface target nativernn_options.
# -O2, not -O3: unrolling by the compiler makes the register tiles spill. No contraction and no fast math: a fused
# multiply-add happens where the source says so and nowhere else, so that the bits do not depend on the compiler's mood.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_package(Threads REQUIRED)
add_library(nativernn_options INTERFACE)
target_compile_options(nativernn_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
    -ffp-contract=off -fno-math-errno -ffunction-sections -fdata-sections)
target_link_libraries(nativernn_options INTERFACE Threads::Threads m)
if(NATIVERNN_SANITIZE)
    target_compile_options(nativernn_options INTERFACE
        -fsanitize=${NATIVERNN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    target_link_options(nativernn_options INTERFACE -fsanitize=${NATIVERNN_SANITIZE})
endif()

# OpenBLAS carries its kernels once per processor type, and half of their code is the same bytes twice. A linker that folds
# identical functions halves the library; nothing here or in OpenBLAS compares the addresses of functions, which is what
# folding changes. Without such a linker the library is larger and computes the same bits.
option(NATIVERNN_FOLD_FUNCTIONS "Fold identical functions where the linker can" ON)
set(NATIVERNN_FOLD)
if(NATIVERNN_FOLD_FUNCTIONS AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    include(CheckLinkerFlag)
    check_linker_flag(C "-fuse-ld=gold;-Wl,--icf=all" NATIVERNN_LINKER_FOLDS)
    if(NATIVERNN_LINKER_FOLDS)
        set(NATIVERNN_FOLD -fuse-ld=gold -Wl,--icf=all)
    endif()
endif()
