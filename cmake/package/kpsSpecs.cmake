#[[
kps_add_specs(TARGET name SPECS file... KERNELS kernel...
              [LIBRARY directory...] [ARGS argument...] [LABELS label...] [TIMEOUT seconds])

makes each test of each spec on each kernel a test of CTest, `name.KERNEL.SPEC.TEST`, and adds a
target `name` that checks the specs whenever all is built. The tests are listed each time CTest
starts: one that is added to a spec needs no new configuration.

  SPECS    files, relative to the current source directory
  KERNELS  as `kps run --kernel` takes them
  LIBRARY  directories with imported modules, relative to the current source directory
  ARGS     more arguments of `kps run`; relative paths in them start at the current source directory
  TIMEOUT  of each test, 600 if not given: it boots a machine, and the first may fetch the kernel

A test passes, fails or is skipped as it is for kps; one that kps cannot decide fails, and so does
one that stands for specs that cannot be read.
]]
function(kps_add_specs)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;TIMEOUT" "SPECS;KERNELS;LIBRARY;ARGS;LABELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kps_add_specs: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  foreach(needed TARGET SPECS KERNELS)
    if(NOT arg_${needed})
      message(FATAL_ERROR "kps_add_specs: ${needed} is missing")
    endif()
  endforeach()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()

  set(specs "")
  foreach(spec IN LISTS arg_SPECS)
    cmake_path(ABSOLUTE_PATH spec NORMALIZE)
    if(NOT EXISTS "${spec}")
      message(FATAL_ERROR "kps_add_specs: there is no ${spec}")
    endif()
    list(APPEND specs "${spec}")
  endforeach()
  set(library "")
  foreach(directory IN LISTS arg_LIBRARY)
    cmake_path(ABSOLUTE_PATH directory NORMALIZE)
    list(APPEND library --library "${directory}")
  endforeach()

  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}.checked")
  add_custom_command(OUTPUT "${stamp}"
    COMMAND kps::kps check ${specs} ${library}
    COMMAND ${CMAKE_COMMAND} -E touch "${stamp}"
    DEPENDS ${specs} kps::kps
    COMMENT "Checking the specs of ${arg_TARGET}"
    VERBATIM)
  add_custom_target(${arg_TARGET} ALL DEPENDS "${stamp}")

  set(tests "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}_kps_tests.cmake")
  file(GENERATE OUTPUT "${tests}" CONTENT
"set(kps_program [==[$<TARGET_FILE:kps::kps>]==])
set(kps_target [==[${arg_TARGET}]==])
set(kps_source_directory [==[${CMAKE_CURRENT_SOURCE_DIR}]==])
set(kps_specs [==[${specs}]==])
set(kps_kernels [==[${arg_KERNELS}]==])
set(kps_library [==[${library}]==])
set(kps_arguments [==[${arg_ARGS}]==])
set(kps_labels [==[${arg_LABELS}]==])
set(kps_timeout [==[${arg_TIMEOUT}]==])
include([==[${CMAKE_CURRENT_FUNCTION_LIST_DIR}/kpsTests.cmake]==])
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${tests}")
endfunction()
