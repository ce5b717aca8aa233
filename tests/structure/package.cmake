# Builds and runs tests/consumer with the library, provided in one of the ways.
# cmake -D WAY=<way> -D BUILD=<our build> -D WORK=<folder> -D COMPILER=... -D GENERATOR=... -P ...
cmake_minimum_required(VERSION 3.25)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH tests)
cmake_path(GET tests PARENT_PATH source)
set(configure ${CMAKE_COMMAND} -S ${tests}/consumer -B ${WORK}/build -G ${GENERATOR}
    -D CMAKE_CXX_COMPILER=${COMPILER} -D WAY=${WAY} -D TRIBUTARY_SOURCE=${source})

file(REMOVE_RECURSE ${WORK})
if(WAY STREQUAL find_package OR WAY STREQUAL absent_component)
  # Installed in one folder and moved to another: no file of the package may contain the old path.
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed
                  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  file(RENAME ${WORK}/installed ${WORK}/moved)
  if(NOT EXISTS ${WORK}/moved/share/doc/tributary/LICENSE)
    message(FATAL_ERROR "the license is not installed")
  endif()
  list(APPEND configure -D CMAKE_PREFIX_PATH=${WORK}/moved)
endif()

if(WAY STREQUAL absent_component)
  execute_process(COMMAND ${configure} RESULT_VARIABLE failed OUTPUT_VARIABLE said
                  ERROR_VARIABLE said)
  string(REGEX REPLACE "[ \n]+" " " said "${said}")
  if(NOT failed OR NOT said MATCHES "tributary has no component 'teleport'")
    message(FATAL_ERROR "expected to be told which component is absent, got: ${said}")
  endif()
  return()
endif()
execute_process(COMMAND ${configure} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK}/build/consumer COMMAND_ERROR_IS_FATAL ANY)

# A project that builds the library as a part installs only itself.
if(WAY STREQUAL FetchContent)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${WORK}/build --prefix ${WORK}/installed
                  COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB_RECURSE installed LIST_DIRECTORIES false ${WORK}/installed/*)
  if(installed)
    message(FATAL_ERROR "a user's project installs what is ours: ${installed}")
  endif()
endif()
