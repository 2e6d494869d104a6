# Finds OpenBLAS (cblas.h and the library) and offers it as the target nativernn_openblas.
# The static archive comes first: what is inside the library cannot be replaced by another BLAS on the user's machine,
# and results then depend on the build and on the core type alone.
find_path(NATIVERNN_OPENBLAS_INCLUDE openblas_config.h
    PATH_SUFFIXES openblas openblas-pthread
        ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread ${CMAKE_LIBRARY_ARCHITECTURE})
if(NATIVERNN_STATIC_OPENBLAS)
    find_library(NATIVERNN_OPENBLAS_STATIC libopenblas.a
        PATH_SUFFIXES openblas-pthread ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread)
endif()
find_library(NATIVERNN_OPENBLAS_SHARED NAMES openblas
    PATH_SUFFIXES openblas-pthread ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-pthread)

set(nrnn_openblas ${NATIVERNN_OPENBLAS_SHARED})
if(NATIVERNN_STATIC_OPENBLAS AND NATIVERNN_OPENBLAS_STATIC)
    set(nrnn_openblas ${NATIVERNN_OPENBLAS_STATIC})
endif()
if(NOT NATIVERNN_OPENBLAS_INCLUDE OR NOT nrnn_openblas)
    message(FATAL_ERROR
        "OpenBLAS was not found (headers: ${NATIVERNN_OPENBLAS_INCLUDE}; library: ${nrnn_openblas}).\n"
        "Install it:  apt-get install libopenblas-dev   (Debian, Ubuntu)\n"
        "             dnf install openblas-devel        (Fedora)\n"
        "or say where it is: -DCMAKE_PREFIX_PATH=<prefix of OpenBLAS>.")
endif()
message(STATUS "OpenBLAS: ${nrnn_openblas}")
add_library(nativernn_openblas INTERFACE)
target_include_directories(nativernn_openblas SYSTEM INTERFACE ${NATIVERNN_OPENBLAS_INCLUDE})
target_link_libraries(nativernn_openblas INTERFACE ${nrnn_openblas})
