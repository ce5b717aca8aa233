#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tributary::test {

/// Real data is in a folder beside the project, or in that of TRIBUTARY_DATA, and never in the
/// project. If it is missing, the result is empty, a message is printed, and the test is skipped.
inline std::filesystem::path real_data(const std::string& name) {
  const char* const folder = std::getenv("TRIBUTARY_DATA");
  const auto path = std::filesystem::path{folder ? folder : "../shared/data"} / name;
  if (std::filesystem::exists(path)) return path;
  MESSAGE("skipped: there is no " << path.string());
  return {};
}

}  // namespace tributary::test
