# What every folder shares: the standard, the warnings, and how a folder becomes a target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(KPS_TESTS "build the tests" ON)
option(KPS_BENCH "build the benchmarks" OFF)
option(KPS_FUZZ "build the fuzz targets for libFuzzer (clang)" OFF)
set(KPS_SANITIZE "" CACHE STRING "sanitizers for -fsanitize=, such as address,undefined")

include(GNUInstallDirs)

# With CMAKE_UNITY_BUILD the files of a folder are one unit, which takes a third of the time to
# compile: their names must differ.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 0)

find_program(KPS_CCACHE ccache)
if(KPS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${KPS_CCACHE})
endif()

add_library(kps_options INTERFACE)
target_include_directories(kps_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(kps_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wundef -Wswitch-enum)
# In a unit of several files the names of one shadow those of another.
if(NOT CMAKE_UNITY_BUILD)
  target_compile_options(kps_options INTERFACE -Wshadow)
endif()
# Not in a release: at its level of optimisation GCC 12 sees faults in the standard library that are
# not there, and a user's build must not end on them.
target_compile_options(kps_options INTERFACE $<$<NOT:$<CONFIG:Release>>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(kps_options INTERFACE
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wuseless-cast)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(kps_options INTERFACE -Wno-deprecated-declarations) # in libstdc++ 12 itself
endif()
if(KPS_SANITIZE)
  target_compile_options(kps_options INTERFACE
    -fsanitize=${KPS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kps_options INTERFACE -fsanitize=${KPS_SANITIZE})
endif()
if(KPS_FUZZ)
  target_compile_options(kps_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# kps_long_under_sanitizers(TARGETS...): what computes for minutes there is optimised.
function(kps_long_under_sanitizers)
  if(KPS_SANITIZE)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE -O1)
    endforeach()
  endif()
endfunction()

# kps_folder(NAME [LINK targets...]): the current folder as a static library of all its sources.
function(kps_folder name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC kps_options ${arg_LINK})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE kps_options ${arg_LINK})
  endif()
endfunction()
