// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

inline constexpr std::string_view recording_magic = "TRIBREC\n";
inline constexpr std::uint32_t recording_version = 1;

/// Reads the number of things of at least `bytes` each, of which no more follow than fit.
inline bool restore_count(std::span<const std::byte>& from, std::uint64_t& count,
                          std::size_t bytes) {
  return bool{restore_state(from, count)} && count <= from.size() / bytes;
}
inline bool restore_text(std::span<const std::byte>& from, std::string& text) {
  std::uint64_t size = 0;
  if (!restore_count(from, size, 1)) return false;
  text.assign(reinterpret_cast<const char*>(from.data()), size);
  from = from.subspan(size);
  return true;
}

template <Real S>
std::uint32_t checksum_of_vector(const Vector<S>& parameters) {
  return crc32c_of_numbers(
      std::span{parameters.data(), static_cast<std::size_t>(parameters.size())});
}

}  // namespace detail

/// The order in which the commits of an asynchronous run reached its center, 24 bytes a merge. With
/// it, Replayed computes the same run again on one core:
///
///   Recording recording;
///   trainer.train(events, {.epochs = 5, .recording = &recording});
///   Trainer{net, Replayed{recording}, rule, optimizer}.train(events, {.epochs = 5}, observer);
///
/// While a run is recorded, its center merges one whole commit after the other, so that an order
/// exists. It contains no parameters: a replay trains again on the same data.
class Recording {
 public:
  enum class Kind : std::uint16_t {
    start,    ///< A worker takes the rank, and begins at the center. first: its number.
    lease,    ///< It goes on with a lease. count: share; first, second: begin and end.
    end,      ///< Its lease ends at `first`.
    workers,  ///< The number of workers is `count`.
    read,     ///< Its next reply is the center at this moment; else it is the one of the merge.
    merge,    ///< count: steps; first: seconds; second: sum of losses. Both are bits of a double.
  };
  struct Event {
    Kind kind;
    std::uint16_t rank;
    std::uint32_t count;
    std::uint64_t first, second;

    bool operator==(const Event&) const = default;
  };
  static constexpr int most_workers = 65535;

  bool empty() const noexcept { return workers_ == 0; }
  /// Workers of the run at its start.
  int workers() const noexcept { return workers_; }
  std::uint64_t merges() const noexcept { return merges_; }
  /// The settings and data of the run.
  const Fingerprint& fingerprint() const noexcept { return fingerprint_; }
  /// The checksum of the initial parameters.
  std::uint32_t initial_checksum() const noexcept { return initial_; }
  /// The checksum of the result; nothing if the run has failed.
  std::optional<std::uint32_t> final_checksum() const noexcept { return final_; }
  std::span<const Event> events() const noexcept { return events_; }
  bool operator==(const Recording&) const = default;

  // Trainer calls these two.

  /// Forgets everything, and begins with a run.
  void begin(Fingerprint fingerprint, int workers, std::uint32_t initial_checksum) {
    require(workers <= most_workers, "workers of a recorded run", workers, "at most 65535");
    *this = {};
    fingerprint_ = std::move(fingerprint);
    workers_ = workers;
    initial_ = initial_checksum;
  }
  void finish(std::uint32_t final_checksum) { final_ = final_checksum; }

  // The owner of the center calls these, one at a time.

  /// `worker` differs between all workers of the run that do not share their optimizer's state.
  void start(int rank, std::uint64_t worker) { add({Kind::start, of(rank), 0, worker, 0}); }
  void lease(int rank, const Lease& lease) {
    add({Kind::lease, of(rank), static_cast<std::uint32_t>(lease.share), lease.begin, lease.end});
  }
  void end(int rank, std::uint64_t end) { add({Kind::end, of(rank), 0, end, 0}); }
  void set_workers(int count) { add({Kind::workers, 0, static_cast<std::uint32_t>(count), 0, 0}); }
  void read(int rank) { add({Kind::read, of(rank), 0, 0, 0}); }
  void merge(const CommitHeader& header, double seconds) {
    ++merges_;
    add({Kind::merge, of(header.worker), static_cast<std::uint32_t>(header.steps),
         std::bit_cast<std::uint64_t>(seconds), std::bit_cast<std::uint64_t>(header.loss_sum)});
  }

  /// Writes a file, which is replaced atomically. Throws FileError.
  ///
  /// Its format: magic, format version u32, workers i32, checksum of the initial parameters u32 and
  /// of the result (optional u32), fingerprint, events; CRC-32C u32 of all bytes before.
  /// Little-endian.
  void save(const std::filesystem::path& path) const;
  /// Reads the output of save(). Throws FileError if it is anything else, or damaged.
  static Recording load(const std::filesystem::path& path);

 private:
  static std::uint16_t of(int rank) { return static_cast<std::uint16_t>(rank); }
  void add(const Event& event) { events_.push_back(event); }

  Fingerprint fingerprint_;
  int workers_ = 0;
  std::uint32_t initial_ = 0;
  std::optional<std::uint32_t> final_ = {};
  std::uint64_t merges_ = 0;
  std::vector<Event> events_ = {};
};

inline void Recording::save(const std::filesystem::path& path) const {
  std::vector<std::byte> bytes;
  for (const char letter : detail::recording_magic) save_state(bytes, letter);
  save_state(bytes, detail::recording_version, workers_, initial_, final_,
             std::uint64_t{fingerprint_.fields.size()});
  for (const auto& [name, value] : fingerprint_.fields) save_state(bytes, name, value);
  save_state(bytes, events_);
  save_state(bytes, crc32c(bytes));
  write_file_atomically(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

inline Recording Recording::load(const std::filesystem::path& path) {
  const FileContents file{path};
  const auto check = [&](bool ok, const std::string& what) {
    if (!ok) throw FileError{file.name() + ": " + what};
  };
  const std::string_view magic = detail::recording_magic;
  check(file.bytes().starts_with(magic), "is not a recording of tributary");
  auto rest = std::as_bytes(std::span{file.bytes()});
  std::uint32_t version = 0, checksum = 0;
  auto head = rest.subspan(magic.size());
  check(bool{restore_state(head, version)}, "is damaged: it ends after its first bytes");
  check(version == detail::recording_version, "has format version " + std::to_string(version) +
                                                  ", expected " +
                                                  std::to_string(detail::recording_version));
  check(head.size() >= sizeof(checksum), "is damaged: it ends after its first bytes");
  auto tail = rest.last(sizeof(checksum));
  const bool right = restore_state(tail, checksum) &&
                     crc32c(rest.first(rest.size() - sizeof(checksum))) == checksum;
  check(right, "is damaged: its checksum does not match its contents");

  rest = head.first(head.size() - sizeof(checksum));
  Recording recording;
  std::uint64_t fields = 0, events = 0;
  bool fits = bool{restore_state(rest, recording.workers_, recording.initial_, recording.final_)} &&
              detail::restore_count(rest, fields, 16) && recording.workers_ >= 0 &&
              recording.workers_ <= Recording::most_workers;
  for (; fits && fields > 0; --fields) {
    auto& [name, value] = recording.fingerprint_.fields.emplace_back();
    fits = detail::restore_text(rest, name) && detail::restore_text(rest, value);
  }
  fits = fits && detail::restore_count(rest, events, sizeof(Recording::Event));
  if (fits) recording.events_.resize(events);
  for (Recording::Event& event : recording.events_) {
    fits =
        fits &&
        bool{restore_state(rest, event.kind, event.rank, event.count, event.first, event.second)} &&
        event.kind <= Recording::Kind::merge && event.rank < recording.workers_;
    recording.merges_ += event.kind == Recording::Kind::merge;
  }
  check(fits && rest.empty(), "is damaged: its contents do not fit together");
  return recording;
}

}  // namespace tributary::inline v0_1
