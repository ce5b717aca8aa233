#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// A file that is removed at the end of its scope.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view contents, std::string_view extension = "")
      : path_{std::filesystem::temp_directory_path() /
              ("tributary_test_" + std::to_string(std::random_device{}()))} {
    path_ += extension;
    std::ofstream{path_, std::ios::binary} << contents;
  }
  TemporaryFile(TemporaryFile&&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The message of an exception E from `action`, or "" if it does not throw one.
template <class E>
std::string message_of(auto action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

/// True if the text holds the part; for CHECK.
inline bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}
