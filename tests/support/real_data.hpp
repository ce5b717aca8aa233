#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tributary::test {

/// Real data lies beside the project, or where TRIBUTARY_DATA says, and never in it. Empty, with a
/// message, where there is none: the test is skipped.
inline std::filesystem::path real_data(const std::string& name) {
  const char* const folder = std::getenv("TRIBUTARY_DATA");
  const auto path = std::filesystem::path{folder ? folder : "../shared/data"} / name;
  if (std::filesystem::exists(path)) return path;
  MESSAGE("skipped: there is no " << path.string());
  return {};
}

}  // namespace tributary::test
