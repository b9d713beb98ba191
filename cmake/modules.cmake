# The only helpers of the build: a folder's library, a program, a test program.

# trunkline_library(NAME SOURCES a.cpp … DEPS lib …): static library trunkline_NAME.
function(trunkline_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(trunkline_${NAME} STATIC ${ARG_SOURCES})
  target_include_directories(trunkline_${NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(trunkline_${NAME} PUBLIC ${ARG_DEPS})
endfunction()

# trunkline_program(NAME SOURCES a.cpp … DEPS lib …): bin/NAME, installed.
function(trunkline_program NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS})
  install(TARGETS ${NAME} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# trunkline_test(NAME SUITE s SOURCES a.cpp … DEPS lib …): bin/NAME, a GoogleTest program of one
# suite (unit, sim, cluster, clients, fuzz), known to ctest under that label.
function(trunkline_test NAME)
  cmake_parse_arguments(ARG "" "SUITE" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} GTest::gtest_main)
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS ${ARG_SUITE})
endfunction()
