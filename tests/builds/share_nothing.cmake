# No two object files have a symbol in common that a linker would take from one of them.
# cmake -D NM=<nm> -D "OBJECTS=<file>;<file>..." -P share_nothing.cmake
cmake_minimum_required(VERSION 3.25)
set(seen "")
foreach(object ${OBJECTS})
  execute_process(COMMAND ${NM} --defined-only ${object} OUTPUT_VARIABLE lines
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL " [A-Zuvw] [^\n]+" symbols "${lines}")
  list(LENGTH symbols count)
  if(count LESS 10)
    message(SEND_ERROR "${object} has no functions")
  endif()
  foreach(symbol ${symbols})
    if(symbol IN_LIST seen)
      message(SEND_ERROR "${object} shares${symbol}")
    endif()
  endforeach()
  list(APPEND seen ${symbols})
endforeach()
