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
