#pragma once

#include <zlib.h>

#include <string>
#include <utility>

/// The text deflated, as zlib's `window_bits` say in which wrapping.
inline std::string deflated(std::string text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
/// A gzip member that holds the text.
inline std::string gzip(std::string text) { return deflated(std::move(text), 16 + MAX_WBITS); }
