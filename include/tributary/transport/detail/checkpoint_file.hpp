// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// The state from which a run resumes.
struct CheckpointSections {
  std::uint64_t run = 0;  ///< Identifies the run.
  std::vector<std::vector<std::byte>> sections = {};
  /// After reading: the reason why it is not the newest generation; empty if it is.
  std::string skipped = {};
  std::filesystem::path file = {};  ///< After reading: the file that was read.
};

namespace detail {

inline constexpr std::string_view checkpoint_magic = "TRIBHUB\n";
inline constexpr std::uint32_t checkpoint_version = 4;

/// magic, format version u32, number of sections u32, length of the file u64, run u64; for each
/// section its length u64 and its bytes; CRC-32C u32 of all bytes before. Little-endian.
inline std::vector<std::byte> checkpoint_bytes(const CheckpointSections& checkpoint) {
  std::uint64_t size = checkpoint_magic.size() + 4 + 4 + 8 + 8 + 4;
  for (const auto& section : checkpoint.sections) size += 8 + section.size();
  std::vector<std::byte> bytes;
  bytes.reserve(size);
  for (const char letter : checkpoint_magic) save_state(bytes, letter);
  save_state(bytes, checkpoint_version, static_cast<std::uint32_t>(checkpoint.sections.size()),
             size, checkpoint.run);
  for (const auto& section : checkpoint.sections) {
    save_state(bytes, std::uint64_t{section.size()});
    bytes.insert(bytes.end(), section.begin(), section.end());
  }
  save_state(bytes, crc32c(bytes));
  return bytes;
}

/// The sections, as bytes of the file.
struct CheckpointView {
  std::uint64_t run = 0;
  std::vector<std::span<const std::byte>> sections = {};
};

inline CheckpointView parse_checkpoint(const FileContents& file) {
  const auto check = [&](bool ok, const std::string& what) {
    if (!ok) throw FileError{file.name() + ": " + what};
  };
  const auto all = std::as_bytes(std::span{file.bytes()});
  const std::string has = "has " + std::to_string(all.size()) + " bytes, expected ";
  const std::size_t least = checkpoint_bytes({}).size();
  check(all.size() >= least, has + "a checkpoint of at least " + std::to_string(least));
  check(file.bytes().starts_with(checkpoint_magic), "is not a checkpoint");

  std::uint32_t version = 0, count = 0, checksum = 0;
  std::uint64_t size = 0;
  CheckpointView checkpoint;
  auto rest = all.subspan(checkpoint_magic.size());
  auto end = all.last(sizeof(checksum));
  bool fits =
      restore_state(rest, version, count, size, checkpoint.run) && restore_state(end, checksum);
  check(version == checkpoint_version, "has format version " + std::to_string(version) +
                                           ", expected " + std::to_string(checkpoint_version));
  check(size == all.size(), has + std::to_string(size));
  check(crc32c(all.first(all.size() - sizeof(checksum))) == checksum,
        "is damaged: its checksum does not match its contents");

  rest = rest.first(rest.size() - sizeof(checksum));
  for (; fits && count > 0; --count) {
    fits = restore_state(rest, size) && size <= rest.size();
    if (!fits) break;
    checkpoint.sections.push_back(rest.first(size));
    rest = rest.subspan(size);
  }
  check(fits && rest.empty(), "is damaged: its sections do not match its length");
  return checkpoint;
}

inline bool is_whole_checkpoint(const std::filesystem::path& path) {
  try {
    parse_checkpoint(FileContents{path});
    return true;
  } catch (const FileError&) {
    return false;
  }
}

inline std::filesystem::path beside(std::filesystem::path path, std::string_view suffix) {
  return path += suffix;
}

}  // namespace detail

/// Writes a new generation to `path`. The old one, if it is intact, becomes `path`.previous. A
/// crash at any moment leaves an intact generation that read_checkpoint() finds. After this
/// function returns, it finds the new one, even after a loss of power. If this throws FileError,
/// the old one is still found. One writer at a time.
inline void write_checkpoint(const std::filesystem::path& path,
                             const CheckpointSections& checkpoint) {
  const std::vector<std::byte> bytes = detail::checkpoint_bytes(checkpoint);
  const std::filesystem::path next = detail::beside(path, ".next");
  std::error_code error;
  const std::filesystem::file_status old = std::filesystem::symlink_status(path, error);
  if (std::filesystem::exists(old) && !std::filesystem::is_regular_file(old))
    throw FileError{path.string() + ": is not a regular file, so it cannot be replaced"};
  std::filesystem::remove(next, error);  // left by a writer that was killed
  try {
    detail::write_new_file(next, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (detail::is_whole_checkpoint(path))
      detail::replace_file(path, detail::beside(path, ".previous"));
    detail::replace_file(next, path);
  } catch (...) {
    std::filesystem::remove(next, error);
    throw;
  }
}

/// The newest intact generation; nothing if none was ever written. Throws FileError if files exist
/// and none is intact: foreign, truncated, or damaged.
inline std::optional<CheckpointSections> read_checkpoint(const std::filesystem::path& path) {
  std::string skipped, removed;
  const auto is_there = [](const std::filesystem::path& file) {
    std::error_code error;
    return std::filesystem::status(file, error).type() != std::filesystem::file_type::not_found;
  };
  for (const auto& generation : {path, detail::beside(path, ".previous")}) {
    if (!is_there(generation)) {
      // A crash of write_checkpoint() cannot be the reason: it would leave the next one.
      if (generation == path && !is_there(detail::beside(path, ".next")))
        removed = path.string() + ": does not exist";
      continue;
    }
    try {
      const FileContents file{generation};
      const auto [run, sections] = detail::parse_checkpoint(file);
      CheckpointSections checkpoint{.run = run, .skipped = skipped + removed, .file = generation};
      for (const auto section : sections)
        checkpoint.sections.emplace_back(section.begin(), section.end());
      return checkpoint;
    } catch (const FileError& problem) {
      skipped += (skipped.empty() ? "" : "; ") + std::string{problem.what()};
    }
  }
  if (!skipped.empty()) throw FileError{skipped};
  return std::nullopt;
}

}  // namespace tributary::inline v0_1
