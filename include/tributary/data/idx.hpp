#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/gzip.hpp>
#include <vector>

namespace tributary {
namespace detail {

/// An IDX file of unsigned bytes: two zeros, 08, the number of dimensions, each dimension in four
/// bytes (big-endian), the values. The last dimension varies fastest.
struct Idx {
  std::uint64_t count = 1;      ///< The first dimension.
  std::uint64_t item_size = 1;  ///< The product of the others.
  std::string_view values;      ///< Within the file: count * item_size bytes.

  Idx(const FileContents& file, std::size_t least_dimensions, std::size_t most_dimensions) {
    std::string_view bytes = file.bytes();
    const auto check = [&](bool ok, const std::string& found, const std::string& expected) {
      if (!ok) throw FileError{file.name() + ": found " + found + ", expected " + expected};
    };
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };

    check(bytes.size() >= 4, std::to_string(bytes.size()) + " bytes", "the 4 of an IDX magic");
    check(bytes.starts_with(std::string_view{"\0\0\x08", 3}), "no IDX magic",
          "the bytes 0 0 8, of unsigned bytes");
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
      check(size <= values.size() / total,
            "dimension " + std::to_string(i) + " = " + std::to_string(size),
            "no more values than the file has bytes");
      total *= size;
      (i == 0 ? count : item_size) *= size;
    }
    check(values.size() == total, std::to_string(values.size()) + " bytes of values",
          std::to_string(total));
  }
};

}  // namespace detail

/// Images and their labels, as MNIST and its kin have them: IDX files of unsigned bytes, plain or
/// .gz. Features are the pixels of an image, row by row, divided by 255; classes are "0", "1", ...
/// up to the greatest label. Throws FileError, which names the file, what was found and what was
/// expected.
inline Events read_idx(const std::filesystem::path& images_path,
                       const std::filesystem::path& labels_path) {
  const FileContents images_file = gunzip(images_path);
  const FileContents labels_file = gunzip(labels_path);
  const detail::Idx images{images_file, 2, 4};
  const detail::Idx labels{labels_file, 1, 1};
  if (images.count != labels.count)
    throw FileError{labels_file.name() + ": found " + std::to_string(labels.count) +
                    " labels, expected " + std::to_string(images.count) + ", one an image of " +
                    images_file.name()};

  using Bytes = Eigen::Map<const Eigen::MatrixX<unsigned char>>;
  Events events;
  events.features = Bytes{reinterpret_cast<const unsigned char*>(images.values.data()),
                          static_cast<Index>(images.item_size), static_cast<Index>(images.count)}
                        .cast<float>() /
                    255.0f;
  events.labels.reserve(labels.count);
  for (const char label : labels.values) events.labels.push_back(static_cast<unsigned char>(label));
  const int last = *std::ranges::max_element(events.labels);
  for (int label = 0; label <= last; ++label) events.classes.push_back(std::to_string(label));
  return events;
}

}  // namespace tributary
