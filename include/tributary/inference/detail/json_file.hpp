// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <tributary/core/file.hpp>
#include <tributary/observe/json.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// A value in a JSON file with its path for messages: "net.json: weights.type is "float64",
/// expected "float32"". An unexpected value throws std::invalid_argument. Borrows the value.
///
/// Boost's property tree, used by other writers, writes each number as a text, and an empty array
/// or object as "". JsonNumbers::also_texts accepts these.
enum class JsonNumbers { only, also_texts };
class JsonField {
 public:
  JsonField(const nlohmann::json& value, std::string file, std::string path = {},
            JsonNumbers numbers = JsonNumbers::only)
      : value_{&value}, file_{std::move(file)}, path_{std::move(path)}, numbers_{numbers} {}

  bool contains(const std::string& key) const { return value_->contains(key); }
  JsonField operator[](const std::string& key) const {
    const std::string path = path_.empty() ? key : path_ + '.' + key;
    if (!value_->is_object()) fail("an object");
    const auto found = value_->find(key);
    if (found == value_->end()) throw std::invalid_argument{file_ + ": " + path + " is missing"};
    return {*found, file_, path, numbers_};
  }
  JsonField operator[](std::size_t i) const {
    const std::string path = path_ + '[' + std::to_string(i) + ']';
    if (i >= size()) throw std::invalid_argument{file_ + ": " + path + " is missing"};
    return {(*value_)[i], file_, path, numbers_};
  }
  /// The key of an object that has only one.
  std::string only_key() const {
    if (!value_->is_object() || value_->size() != 1) fail("an object with one member");
    return value_->begin().key();
  }
  /// The size of an array.
  std::size_t size() const {
    if (numbers_ == JsonNumbers::also_texts && value_->is_string() &&
        value_->get_ref<const std::string&>().empty())
      return 0;
    if (!value_->is_array()) fail("an array");
    return value_->size();
  }
  void expect_size(std::size_t expected) const {
    if (size() != expected)
      fail_as("has " + std::to_string(size()) + " elements", std::to_string(expected));
  }
  void expect(const nlohmann::json& expected) const {
    if (*value_ != expected) fail(expected.dump());
  }

  const nlohmann::json& value() const { return *value_; }
  const std::string& text() const {
    if (!value_->is_string()) fail("a text");
    return value_->get_ref<const std::string&>();
  }
  double number() const {
    const nlohmann::json number = as_number(*value_);
    if (!number.is_number()) fail("a number");
    return number.get<double>();
  }
  /// NaN is null in JSON.
  double number_or_nan() const {
    return value_->is_null() ? std::numeric_limits<double>::quiet_NaN() : number();
  }
  std::size_t index(std::size_t end) const {
    const nlohmann::json number = as_number(*value_);
    if (!number.is_number_unsigned() || number.get<std::size_t>() >= end)
      fail("a whole number below " + std::to_string(end));
    return number.get<std::size_t>();
  }
  std::vector<double> numbers() const {
    std::vector<double> all(size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const nlohmann::json number = as_number((*value_)[i]);
      if (!number.is_number()) (*this)[i].fail("a number");
      all[i] = number.get<double>();
    }
    return all;
  }
  std::vector<double> numbers_or_nan() const {
    std::vector<double> all(size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = (*this)[i].number_or_nan();
    return all;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> all(size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = (*this)[i].text();
    return all;
  }

  [[noreturn]] void fail(const std::string& expected) const {
    const bool flat = std::ranges::none_of(*value_, &nlohmann::json::is_structured);
    std::string found = flat ? value_->dump() : value_->type_name();
    if (found.size() > 60) found = found.substr(0, 60) + "...";
    fail_as("is " + found, expected);
  }
  [[noreturn]] void fail_as(const std::string& found, const std::string& expected) const {
    throw std::invalid_argument{file_ + ": " + (path_.empty() ? "the whole" : path_) + ' ' + found +
                                ", expected " + expected};
  }
  [[noreturn]] void fail_because(const std::exception& error) const {
    throw std::invalid_argument{file_ + ": " + (path_.empty() ? "" : path_ + ": ") + error.what()};
  }

 private:
  nlohmann::json as_number(const nlohmann::json& value) const {
    if (numbers_ == JsonNumbers::only || !value.is_string()) return value;
    constexpr bool throws = false;
    return nlohmann::json::parse(value.get_ref<const std::string&>(), nullptr, throws);
  }

  const nlohmann::json* value_;
  std::string file_, path_;
  JsonNumbers numbers_;
};

/// Throws FileError with line and column if the file is not JSON.
inline nlohmann::json parse_json(const FileContents& file) {
  try {
    return nlohmann::json::parse(file.bytes());
  } catch (const nlohmann::json::exception& error) {
    // "[json.exception...] parse error at line 1, column 2: ...; last read: '<perhaps megabytes>'"
    std::string what = error.what();
    what = what.substr(0, std::min(what.find("; last read"), std::size_t{300}));
    throw FileError{file.name() + ": is not JSON: " + what.substr(what.find("] ") + 2)};
  }
}

/// Writes each member of the object on its own line.
inline void write_json(const std::filesystem::path& path, const nlohmann::json& object) {
  std::string text = "{";
  try {
    for (const auto& [key, value] : object.items()) {
      text += text.size() == 1 ? "\n" : ",\n";
      text += nlohmann::json(key).dump() + ": " + value.dump();
    }
  } catch (const nlohmann::json::exception& error) {  // a name that is not UTF-8
    throw std::invalid_argument{path.string() + ": cannot be written as JSON: " + error.what()};
  }
  write_file_atomically(path, text + "\n}\n");
}

}  // namespace tributary::inline v0_1::detail
