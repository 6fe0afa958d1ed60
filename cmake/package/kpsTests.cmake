# Read by CTest when it starts, behind the variables that kps_add_specs has written: lists the tests
# of the specs and adds them.

function(kps_add_test spec label name kernel)
  cmake_path(GET kernel FILENAME kernel_label)
  set(test "${kps_target}.${kernel_label}.${label}.${name}")
  add_test("${test}" "${kps_program}" run "${spec}" --kernel "${kernel}" "--test=${name}"
           --report tap ${kps_library} ${kps_arguments})
  # The line of the one test; what workloads print is indented, and `#` in a name is `\#`.
  set_tests_properties("${test}" PROPERTIES
    SKIP_REGULAR_EXPRESSION "\nok 1 - [^\n]*[^\\\\]# SKIP "
    TIMEOUT "${kps_timeout}"
    LABELS "${kps_labels}"
    WORKING_DIRECTORY "${kps_source_directory}")
  if(kernel STREQUAL "running") # its tests would measure each other
    set_tests_properties("${test}" PROPERTIES RESOURCE_LOCK kps_running_kernel)
  endif()
endfunction()

# The name of the file, or its path if several have that name.
function(kps_label spec result)
  cmake_path(GET spec STEM LAST_ONLY label)
  set(same "")
  foreach(other IN LISTS kps_specs)
    cmake_path(GET other STEM LAST_ONLY other_label)
    if(other_label STREQUAL label)
      list(APPEND same "${other}")
    endif()
  endforeach()
  list(LENGTH same count)
  if(count GREATER 1)
    cmake_path(RELATIVE_PATH spec BASE_DIRECTORY "${kps_source_directory}" OUTPUT_VARIABLE label)
    cmake_path(REMOVE_EXTENSION label LAST_ONLY)
  endif()
  set(${result} "${label}" PARENT_SCOPE)
endfunction()

function(kps_add_tests)
  execute_process(COMMAND "${kps_program}" list --json ${kps_specs} ${kps_library}
                  OUTPUT_VARIABLE json ERROR_QUIET RESULT_VARIABLE status)
  if(NOT status EQUAL 0) # it fails there too, and says why
    add_test("${kps_target}.list" "${kps_program}" list ${kps_specs} ${kps_library})
    return()
  endif()
  string(JSON count LENGTH "${json}")
  if(count EQUAL 0) # which is a mistake for `kps run`
    list(GET kps_kernels 0 kernel)
    add_test("${kps_target}.list" "${kps_program}" run ${kps_specs} --kernel "${kernel}"
             ${kps_library})
    return()
  endif()
  math(EXPR last "${count} - 1")
  foreach(index RANGE ${last})
    string(JSON spec GET "${json}" ${index} spec)
    string(JSON name GET "${json}" ${index} name)
    kps_label("${spec}" label)
    foreach(kernel IN LISTS kps_kernels)
      kps_add_test("${spec}" "${label}" "${name}" "${kernel}")
    endforeach()
  endforeach()
endfunction()

kps_add_tests()
