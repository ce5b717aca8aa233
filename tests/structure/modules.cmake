# module_map(<file> <header>...): for Clang, each of these headers is a module. It sees names of
# this library only if it includes their header itself, although all are read at once. Each header
# of the standard library is a module, too, and each package that takes long to read. Other includes,
# and those added since CMake ran, remain text: that is slower, with the same result.
function(module_map file)
  set(includes "")
  set(tributary "")
  foreach(header ${ARGN})
    file(STRINGS ${header} lines REGEX "^#include <")
    cmake_path(REPLACE_EXTENSION header LAST_ONLY ipp OUTPUT_VARIABLE definitions)
    if(EXISTS ${definitions})  # which the header includes at its end
      file(STRINGS ${definitions} more REGEX "^#include <")
      list(APPEND lines ${more})
    endif()
    list(TRANSFORM lines REPLACE "#include <([^>]*)>.*" "\\1")
    list(APPEND includes ${lines})
    string(APPEND tributary "  module \"${header}\" { header \"${header}\" export std.* export Eigen export boost export nlohmann }\n")
  endforeach()
  list(FILTER includes INCLUDE REGEX "^([a-z_]+$|Eigen/|boost/|nlohmann/)")
  list(REMOVE_ITEM includes cassert)  # which must remain text
  list(REMOVE_DUPLICATES includes)

  get_target_property(folders Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
  list(APPEND folders ${Boost_INCLUDE_DIRS} ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
  foreach(package std Eigen boost nlohmann)
    set(${package} "")
  endforeach()
  foreach(include ${includes})
    unset(found)
    find_file(found ${include} PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
    if(NOT found)
      continue()
    elseif(include MATCHES "^([a-zA-Z]+)/")
      string(APPEND ${CMAKE_MATCH_1} "  header \"${found}\"\n")
    else()
      string(APPEND std "  module ${include} { header \"${found}\" export * }\n")
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${file} CONTENT "\
module std [system] {\n${std}}\n\
module Eigen [system] {\n${Eigen}  export *\n}\n\
module boost [system] {\n${boost}  export *\n}\n\
module nlohmann [system] {\n${nlohmann}  export *\n}\n\
module tributary {\n${tributary}}\n")
endfunction()
