// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/little_endian.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// A file in a zip archive; valid as long as the archive's bytes.
struct ZipMember {
  std::string archive;  ///< For messages.
  std::string name;
  std::string_view stored;
  bool deflated = false;
  std::uint32_t checksum = 0;  ///< CRC-32 of the contents.
  std::uint64_t size = 0;      ///< Bytes of the contents according to the archive.

  /// The first `count` bytes of the contents, or all if it has fewer. The checksum is compared if
  /// they are all. Throws FileError.
  std::string first(std::size_t count) const {
    const bool whole = count >= size;
    if (whole) count = static_cast<std::size_t>(size);
    std::string bytes = deflated ? inflated(count, whole) : std::string{stored.substr(0, count)};
    if (bytes.size() < count || (whole && !deflated && stored.size() != size))
      fail("has another size than the archive says");
    if (whole && crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), count) != checksum)
      fail("is broken: its checksum is wrong");
    return bytes;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw FileError{archive + ": member " + name + " " + what};
  }

  std::string inflated(std::size_t count, bool whole) const {
    // One byte more than the whole, to detect a longer member.
    std::string bytes(count + whole, '\0');
    z_stream stream{};
    constexpr int without_header = -MAX_WBITS;
    if (inflateInit2(&stream, without_header) != Z_OK) throw std::bad_alloc{};
    const auto close = [](z_stream* s) { inflateEnd(s); };
    const std::unique_ptr<z_stream, decltype(close)> owner{&stream, close};
    // Sizes have 32 bits in a zip archive, as in zlib.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stored.data()));
    stream.avail_in = static_cast<uInt>(stored.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    const int status = inflate(&stream, Z_SYNC_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc{};
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      fail(std::string{"is broken: "} + (stream.msg ? stream.msg : "not deflated data"));
    if (whole && stream.total_out > count) fail("has another size than the archive says");
    bytes.resize(std::min<std::size_t>(stream.total_out, count));
    return bytes;
  }
};

/// The members of a zip archive (PKWARE's APPNOTE, 4.3), stored or deflated, in the order of its
/// directory. Throws FileError for another file, an encrypted archive, or one larger than 4 GiB
/// (zip64).
inline std::vector<ZipMember> zip_members(const FileContents& file) {
  const std::string_view bytes = file.bytes();
  const auto check = [&](bool ok, const std::string& what) {
    if (!ok) throw FileError{file.name() + ": " + what};
  };
  const auto number = [&]<class T>(std::size_t at, T) {
    return std::size_t{load_little<T>(reinterpret_cast<const std::byte*>(bytes.data() + at))};
  };
  const auto two = [&](std::size_t at) { return number(at, std::uint16_t{}); };
  const auto four = [&](std::size_t at) { return number(at, std::uint32_t{}); };

  // The record at the end, followed by a comment of up to 65 535 bytes.
  constexpr std::size_t end_size = 22, entry_size = 46, local_size = 30;
  constexpr std::size_t longest_comment = 0xffff;
  const std::size_t begin = bytes.size() - std::min(bytes.size(), end_size + longest_comment);
  const std::size_t found = bytes.substr(begin).rfind("PK\5\6");
  check(found != bytes.npos && bytes.size() - begin - found >= end_size,
        "found no zip directory, expected a .npz file (a zip archive) or a folder of .npy files");
  const std::size_t end = begin + found;
  const std::size_t count = two(end + 10);
  std::size_t at = four(end + 16);
  check(count != 0xffff && at != 0xffffffff, "is a zip64 archive, expected less than 4 GiB");

  std::vector<ZipMember> members;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string where = "entry " + std::to_string(i) + " of the zip directory ";
    check(at <= end && end - at >= entry_size && bytes.substr(at, 4) == "PK\1\2",
          where + "is broken or cut short");
    const std::size_t name_size = two(at + 28);
    const std::size_t next = at + entry_size + name_size + two(at + 30) + two(at + 32);
    check(next <= end, where + "is broken or cut short");
    ZipMember member{.archive = file.name(),
                     .name = std::string{bytes.substr(at + entry_size, name_size)},
                     .stored = {},
                     .deflated = two(at + 10) == 8,
                     .checksum = static_cast<std::uint32_t>(four(at + 16)),
                     .size = four(at + 24)};
    const std::string called = "member " + member.name + " ";
    check((two(at + 8) & 1) == 0, called + "is encrypted");
    check(member.deflated || two(at + 10) == 0, called + "is compressed by method " +
                                                    std::to_string(two(at + 10)) +
                                                    ", expected 0 (stored) or 8 (deflated)");
    const std::size_t stored_size = four(at + 20), local = four(at + 42);
    check(stored_size != 0xffffffff && member.size != 0xffffffff && local != 0xffffffff,
          called + "is of a zip64 archive, expected less than 4 GiB");
    check(local <= end && end - local >= local_size && bytes.substr(local, 4) == "PK\3\4",
          called + "is not where the zip directory says");
    const std::size_t data = local + local_size + two(local + 26) + two(local + 28);
    check(data <= end && end - data >= stored_size, called + "is cut short");
    member.stored = bytes.substr(data, stored_size);
    members.push_back(std::move(member));
    at = next;
  }
  return members;
}

}  // namespace tributary::inline v0_1::detail
