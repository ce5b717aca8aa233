// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <utility>

namespace tributary::inline v0_1 {

/// Decompresses a .gz file (RFC 1952, all members) into memory, as in
/// read_csv(gunzip("higgs.csv.gz")). Returns an uncompressed file unchanged, unless its name ends
/// with .gz. Throws FileError if the file is broken or truncated, or decompresses to more than
/// `limit` bytes.
inline FileContents gunzip(FileContents file, std::uint64_t limit = std::uint64_t{16} << 30) {
  const auto fail = [&](const std::string& what) { throw FileError{file.name() + ": " + what}; };
  if (!file.is_gzip()) {
    if (file.name().ends_with(".gz")) fail("is not gzip, expected 1f 8b at the beginning");
    return file;
  }
  z_stream stream{};
  constexpr int gzip_only = 16 + MAX_WBITS;
  if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::bad_alloc{};
  const auto close = [](z_stream* s) { inflateEnd(s); };
  const std::unique_ptr<z_stream, decltype(close)> owner{&stream, close};

  std::string_view input = file.bytes();
  std::string output;
  std::string chunk(std::size_t{1} << 18, '\0');
  for (int status = Z_OK; status != Z_STREAM_END || !input.empty();) {
    if (status == Z_STREAM_END) {  // another member, or zeros as padding of tapes and tar
      if (input.find_first_not_of('\0') == input.npos) break;
      if (inflateReset(&stream) != Z_OK) throw std::bad_alloc{};
    }
    const std::size_t offered = std::min<std::size_t>(input.size(), std::size_t{1} << 30);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc{};
    if (status == Z_BUF_ERROR) fail("ends in the middle of its compressed data");
    if (status != Z_OK && status != Z_STREAM_END)
      fail(std::string{"is broken: "} + (stream.msg ? stream.msg : "not gzip data"));
    input.remove_prefix(offered - stream.avail_in);
    output.append(chunk, 0, chunk.size() - stream.avail_out);
    if (output.size() > limit)
      fail("decompresses to more than the limit of " + std::to_string(limit) + " bytes");
  }
  return {file.name(), std::move(output)};
}
inline FileContents gunzip(const std::filesystem::path& path,
                           std::uint64_t limit = std::uint64_t{16} << 30) {
  return gunzip(FileContents{path}, limit);
}

}  // namespace tributary::inline v0_1
