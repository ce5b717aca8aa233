// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/observe/detail/plain_text.hpp>
#include <tributary/observe/evaluate.hpp>
#include <tributary/observe/history.hpp>

namespace tributary::inline v0_1 {
namespace detail {

template <class T>
void append_little(std::string& to, T value) {
  std::array<std::byte, sizeof(T)> bytes;
  store_little(bytes.data(), value);
  for (const std::byte byte : bytes) to += static_cast<char>(byte);
}

/// Fields of a message in the wire format of protocol buffers, whose numbers are below 16.
class Protobuf {
 public:
  void add(unsigned field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  void add(unsigned field, double value) {
    varint(field << 3 | 1);
    append_little(bytes_, value);
  }
  void add(unsigned field, float value) {
    varint(field << 3 | 5);
    append_little(bytes_, value);
  }
  /// A string, or another message.
  void add(unsigned field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_ += value;
  }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

/// The checksum of TFRecord files, which differs from that of its own bytes.
inline std::uint32_t masked_crc32c(std::string_view bytes) {
  return std::rotr(crc32c(std::as_bytes(std::span{bytes})), 15) + 0xa282ead8u;
}

/// Appends a record of a TFRecord file: length, its checksum, contents, their checksum.
inline void append_record(std::string& file, std::string_view contents) {
  std::string length;
  append_little(length, std::uint64_t{contents.size()});
  file += length;
  append_little(file, masked_crc32c(length));
  file += contents;
  append_little(file, masked_crc32c(contents));
}

/// The message Event of event.proto, up to its contents. As in proto3, a zero is left out.
inline Protobuf event_at(double wall_time, std::uint64_t step) {
  Protobuf event;
  event.add(1, wall_time);
  if (step > 0) event.add(2, step);
  return event;
}

/// Appends an Event with a Summary of one Value, of summary.proto.
inline void append_scalar(std::string& file, double wall_time, std::uint64_t step,
                          std::string_view tag, double scalar) {
  Protobuf value, summary, event = event_at(wall_time, step);
  value.add(1, tag);
  value.add(2, static_cast<float>(scalar));
  summary.add(1, value.bytes());
  event.add(5, summary.bytes());
  append_record(file, event.bytes());
}

inline std::string history_as_events(const History& history) {
  std::string file;
  Protobuf version = event_at(history.start, 0);
  version.add(3, "brain.Event:2");
  append_record(file, version.bytes());
  for (const History::Row& row : history.rows) {
    const double wall_time = history.start + row.seconds;
    if (!is_nan(row.loss)) append_scalar(file, wall_time, row.events, "training loss", row.loss);
    if (!is_nan(row.accuracy))
      append_scalar(file, wall_time, row.events, "training accuracy", row.accuracy);
  }
  for (const History::Metric& metric : history.metrics())
    for (const MetricPoint& point : metric.points)
      append_scalar(file, history.start + point.seconds, point.events, metric.name, point.value);
  return file;
}

}  // namespace detail

/// Writes a history for TensorBoard, as an event file in the folder of this run, which is made if it
/// does not exist:
///
///   save_tensorboard("runs/easgd", history);  // then tensorboard --logdir runs
///
/// It has the scalars "training loss" and "training accuracy" of each merge that has them, and the
/// metrics by their names, as 32-bit floats. The step is the number of events, and the wall time is
/// History::start and the seconds of the run. The file is written atomically. Saving the same run
/// again replaces it; TensorBoard would draw two runs in one folder as one curve. Throws FileError.
inline void save_tensorboard(const std::filesystem::path& folder, const History& history) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw FileError{folder.string() + ": cannot be created: " + error.message()};
  const std::string start = detail::decimal(history.start, std::chars_format::fixed, 6);
  write_file_atomically(folder / ("events.out.tfevents." + start + ".tributary"),
                        detail::history_as_events(history));
}

}  // namespace tributary::inline v0_1
