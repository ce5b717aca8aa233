// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/gzip.hpp>
#include <vector>

namespace tributary::inline v0_1 {
namespace detail {

/// An IDX file: two zeros, the type of the values, the number of dimensions, each dimension in four
/// bytes, then the values. All are big-endian; the last dimension varies fastest.
struct Idx {
  enum Type : unsigned char {
    u8 = 0x08,
    i8 = 0x09,
    i16 = 0x0B,
    i32 = 0x0C,
    f32 = 0x0D,
    f64 = 0x0E
  };

  Type type = u8;
  std::uint64_t count = 1;      ///< The first dimension.
  std::uint64_t item_size = 1;  ///< The product of the others.
  std::string_view values;      ///< count * item_size values within the file.

  Idx(const FileContents& file, std::size_t least_dimensions, std::size_t most_dimensions) {
    std::string_view bytes = file.bytes();
    const auto check = [&](bool ok, const std::string& found, const std::string& expected) {
      if (!ok) throw FileError{file.name() + ": found " + found + ", expected " + expected};
    };
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };

    check(bytes.size() >= 4, std::to_string(bytes.size()) + " bytes",
          "at least the 4 of the IDX magic");
    check(byte(0) == 0 && byte(1) == 0, "no IDX magic", "a file that begins with 0 0");
    type = Type{byte(2)};
    const std::uint64_t width = this->width();
    check(width > 0, "values of type " + std::to_string(byte(2)), "8, 9, 11, 12, 13 or 14");
    const std::size_t dimensions = byte(3);
    check(least_dimensions <= dimensions && dimensions <= most_dimensions,
          std::to_string(dimensions) + " dimensions",
          std::to_string(least_dimensions) + " to " + std::to_string(most_dimensions));
    bytes.remove_prefix(4);
    check(bytes.size() >= 4 * dimensions, std::to_string(bytes.size()) + " bytes of dimensions",
          std::to_string(4 * dimensions));
    values = bytes.substr(4 * dimensions);
    std::uint64_t total = 1;
    for (std::size_t i = 0; i < dimensions; ++i) {
      std::uint64_t size = 0;
      for (std::size_t k = 4 * i; k < 4 * i + 4; ++k) size = size << 8 | byte(k);
      check(size > 0, "dimension " + std::to_string(i) + " = 0", "at least 1");
      check(size <= values.size() / width / total,
            "dimension " + std::to_string(i) + " = " + std::to_string(size),
            "no more values than the file has room for");
      total *= size;
      (i == 0 ? count : item_size) *= size;
    }
    check(values.size() == total * width, std::to_string(values.size()) + " bytes of values",
          std::to_string(total * width));
  }

  /// Bytes of a value; 0 for an unknown type.
  std::uint64_t width() const noexcept {
    switch (type) {
      case u8:
      case i8:
        return 1;
      case i16:
        return 2;
      case i32:
      case f32:
        return 4;
      case f64:
        return 8;
    }
    return 0;
  }
  double value(std::uint64_t index) const noexcept {
    std::uint64_t bits = 0;
    for (std::uint64_t i = index * width(); i < (index + 1) * width(); ++i)
      bits = bits << 8 | static_cast<unsigned char>(values[i]);
    switch (type) {
      case u8:
        return static_cast<double>(bits);
      case i8:
        return static_cast<std::int8_t>(bits);
      case i16:
        return static_cast<std::int16_t>(bits);
      case i32:
        return static_cast<std::int32_t>(bits);
      case f32:
        return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      case f64:
        return std::bit_cast<double>(bits);
    }
    return 0;
  }
};

}  // namespace detail

/// Reads images and their labels in the format of MNIST: IDX files of any type, plain or .gz.
/// Features are the values of an image, row by row. Unsigned bytes are pixels and are divided by
/// 255. `classes` names labels 0, 1, ... If it is empty, the names are "0", "1", ... up to the
/// greatest label, which may differ between training and test files. Throws FileError with the
/// file, the found value and the expected one.
inline Events read_idx(const std::filesystem::path& images_path,
                       const std::filesystem::path& labels_path,
                       const std::vector<std::string>& classes = {}) {
  const FileContents images_file = gunzip(images_path);
  const FileContents labels_file = gunzip(labels_path);
  const detail::Idx images{images_file, 2, 4};
  const detail::Idx labels{labels_file, 1, 1};
  if (images.count != labels.count)
    throw FileError{labels_file.name() + ": found " + std::to_string(labels.count) +
                    " labels, expected " + std::to_string(images.count) + ", one an image of " +
                    images_file.name()};

  Events events;
  const auto rows = static_cast<Index>(images.item_size);
  const auto columns = static_cast<Index>(images.count);
  if (images.type == detail::Idx::u8) {
    using Bytes = Eigen::Map<
        const Eigen::Matrix<unsigned char, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>>;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(images.values.data());
    events.features = Bytes{bytes, rows, columns}.cast<float>() / 255.0f;
  } else {
    events.features.resize(rows, columns);
    std::uint64_t index = 0;
    for (Index image = 0; image < columns; ++image)
      for (Index k = 0; k < rows; ++k) {
        const double value = images.value(index++);
        constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
        if (!is_infinite(value) && std::abs(value) > largest)
          throw FileError{images_file.name() + ": image " + std::to_string(image) + ", value " +
                          std::to_string(k) + " (the first is 0): found " + detail::to_text(value) +
                          ", expected a number that a float holds"};
        events.features(k, image) = static_cast<float>(value);
      }
  }
  // Without names, the labels are limited to 256 or the number of events, so that a wrong label
  // cannot create a billion names.
  const double end = static_cast<double>(
      !classes.empty() ? classes.size() : std::max<std::uint64_t>(256, labels.count));
  events.labels.reserve(labels.count);
  for (std::uint64_t i = 0; i < labels.count; ++i) {
    const double label = labels.value(i);
    if (!(label >= 0 && label < end && label == std::trunc(label)))
      throw FileError{labels_file.name() + ": label " + std::to_string(i) +
                      " (the first is 0): " + "found " + detail::to_text(label) +
                      ", expected a whole number from 0 to " + detail::to_text(end - 1)};
    events.labels.push_back(static_cast<int>(label));
  }
  events.classes = classes;
  if (classes.empty()) {
    const int last = *std::ranges::max_element(events.labels);
    for (int label = 0; label <= last; ++label) events.classes.push_back(std::to_string(label));
  }
  return events;
}

}  // namespace tributary::inline v0_1
