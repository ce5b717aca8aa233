// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/result.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

/// The bytes of a message from `begin` to before `end`.
struct ByteRange {
  std::size_t begin, end;
};
/// Shard `shard` of a message of this many bytes, divided into `shards`. Shards are whole cache
/// lines, except for the end of the last one.
inline ByteRange part_of(std::size_t bytes, std::size_t shard, std::size_t shards) {
  const std::size_t lines = bytes / 64;
  return {64 * (lines * shard / shards),
          shard + 1 == shards ? bytes : 64 * (lines * (shard + 1) / shards)};
}

/// Parses the received bytes of a connection into frames. It does no input itself: the caller reads
/// bytes into space() and calls advance(). Payloads of chunks go directly to their place in the
/// message.
class FrameReader {
 public:
  /// Frames other than chunks may have a payload of at most `most` bytes.
  explicit FrameReader(std::size_t most) : small_(most) {}

  /// From now on frames must name this session; before, any session is accepted.
  void set_session(std::uint64_t session) { session_ = session; }
  /// Chunks must be of this shard.
  void set_shard(std::uint16_t shard) { shard_ = shard; }
  /// The following chunks are a message for this memory; they fill the given part of it in order.
  void expect(std::span<std::byte> message, ByteRange part) {
    message_ = message;
    received_ = part.begin;
    end_ = part.end;
  }
  bool complete() const noexcept { return received_ == end_; }
  /// The part is received and checked up to this byte, counted from the begin of the message.
  std::size_t received() const noexcept { return received_; }

  /// The memory for the next bytes: the rest of a frame, and after a payload the header of the next
  /// frame, which has often arrived as well. Empty while a received header has not been parsed.
  std::array<std::span<std::byte>, 2> space() noexcept {
    if (payload_.data() == nullptr) return {std::span{head_}.subspan(done_), {}};
    return {payload_.subspan(done_ - frame_header_bytes), head_};
  }
  /// This many bytes were read into space(). True if a frame is complete; header() and payload()
  /// are valid until the next call. After an error no more frames can be parsed.
  TcpResult<bool> advance(std::size_t bytes) {
    done_ += bytes;
    if (done_ < frame_header_bytes) return false;
    if (payload_.data() == nullptr) {
      const auto longest = session_ ? max_frame_bytes : static_cast<std::uint32_t>(small_.size());
      const auto header = decode(std::span<const std::byte, frame_header_bytes>{head_}, longest);
      if (!header) return header.error();
      header_ = *header;
      if (const TcpStatus placed = place(); !placed) return placed.error();
      crc_ = 0;
      summed_ = 0;
    }
    const std::size_t there = std::min(done_ - frame_header_bytes, payload_.size());
    crc_ = crc32c(payload_.subspan(summed_, there - summed_), crc_);  // while it is in the cache
    summed_ = there;
    if (there < payload_.size()) return false;
    if (crc_ != header_.payload_crc) return TcpErrc::wrong_payload_checksum;
    if (header_.type == FrameType::chunk) received_ += payload_.size();
    done_ -= frame_header_bytes + payload_.size();
    finished_ = payload_;
    payload_ = {};
    return true;
  }
  const FrameHeader& header() const noexcept { return header_; }
  std::span<const std::byte> payload() const noexcept { return finished_; }

 private:
  TcpStatus place() {
    if (session_ && header_.session != *session_) return TcpErrc::wrong_session;
    if (header_.codec != CodecId::none) return TcpErrc::unknown_codec;
    if (header_.type == FrameType::chunk) {
      if (header_.count != message_.size() || header_.offset != received_ || header_.length == 0 ||
          header_.length > end_ - received_ || header_.shard != shard_)
        return TcpErrc::unexpected_message;
      payload_ = message_.subspan(received_, header_.length);
    } else {
      if (header_.length > small_.size()) return TcpErrc::too_long;
      if (header_.length != header_.count || (header_.length > 0 && has_no_payload(header_.type)))
        return TcpErrc::malformed;
      payload_ = std::span{small_}.first(header_.length);
    }
    return Done{};
  }

  std::array<std::byte, frame_header_bytes> head_;
  FrameHeader header_ = {};
  std::vector<std::byte> small_;  ///< Payloads of frames other than chunks.
  std::span<std::byte> message_, payload_;
  std::span<const std::byte> finished_;
  std::size_t done_ = 0;  ///< Received bytes of the frame, and past its payload of the next one.
  std::uint32_t crc_ = 0;
  std::size_t summed_ = 0;  ///< Bytes of the payload that are in crc_.
  std::size_t received_ = 0, end_ = 0;
  std::uint16_t shard_ = 0;
  std::optional<std::uint64_t> session_;
};

/// Makes the frames that a connection sends. A message is not copied: it is sent from its own
/// memory in chunks, whose checksums are computed just before they are sent.
class FrameWriter {
 public:
  explicit FrameWriter(std::size_t chunk_bytes) : chunk_bytes_{chunk_bytes} {}

  void set_session(std::uint64_t session) { session_ = session; }
  bool idle() const noexcept { return frames_.empty() && message_.empty() && chunk_.empty(); }
  /// Something can be sent now.
  bool can_send() const noexcept { return !frames_.empty() || !chunk_.empty() || chunk_is_ready(); }

  /// Bytes of whole frames. They are sent before the remaining chunks of a message.
  void put_bytes(std::span<const std::byte> frames) {
    frames_.insert(frames_.end(), frames.begin(), frames.end());
  }
  /// A frame with a small payload; `header` has all fields except the payload's length and
  /// checksum.
  void put(FrameHeader header, std::span<const std::byte> payload = {}) {
    header.count = payload.size();
    put_bytes(finish(header, payload));
    put_bytes(payload);
  }
  /// Such a frame, followed by a message. The ready part of the message must not change until all
  /// is sent.
  void put(FrameHeader header, std::span<const std::byte> payload,
           std::span<const std::byte> message, ByteRange part, std::size_t ready) {
    put(header, payload);
    put_chunks(header, message, part, ready);
  }
  /// A shard of a message whose first frame is sent by another connection.
  void put_chunks(FrameHeader header, std::span<const std::byte> message, ByteRange part,
                  std::size_t ready) {
    of_message_ = header;
    of_message_.type = FrameType::chunk;
    of_message_.count = message.size();
    begin_ = part.begin;
    message_ = message.subspan(part.begin, part.end - part.begin);
    ready_ = std::min(ready, part.end);
    behind_.clear();
  }
  /// A frame that is sent after the message.
  void put_behind(FrameHeader header, std::span<const std::byte> payload) {
    if (message_.empty() && chunk_.empty()) return put(header, payload);
    header.count = payload.size();
    const auto head = finish(header, payload);
    behind_.insert(behind_.end(), head.begin(), head.end());
    behind_.insert(behind_.end(), payload.begin(), payload.end());
  }
  /// This many bytes of the message are final; for a message that is not divided into shards.
  void set_ready(std::size_t ready) noexcept { ready_ = ready; }

  /// The next bytes to send, in pieces, some of them empty: frames; or a chunk, and after the last
  /// one the frames behind it. Frames do not wait for a chunk, so the peer prepares while its
  /// checksum is computed.
  using Pieces = std::array<std::span<const std::byte>, 3>;
  Pieces next() {
    if (chunk_.empty() && frames_.empty() && chunk_is_ready()) begin_chunk();
    Pieces pieces = on_their_way();
    std::size_t sent = sent_;
    for (auto& piece : pieces) {
      const std::size_t of_piece = std::min(sent, piece.size());
      piece = piece.subspan(of_piece);
      sent -= of_piece;
    }
    return pieces;
  }
  /// This many bytes of next() were sent.
  void advance(std::size_t bytes) {
    sent_ += bytes;
    std::size_t all = 0;
    const Pieces pieces = on_their_way();
    for (const auto& piece : pieces) all += piece.size();
    if (sent_ < all) return;
    if (chunk_.empty()) frames_.clear();
    if (!pieces[2].empty()) behind_.clear();
    chunk_ = {};
    sent_ = 0;
  }

 private:
  std::array<std::byte, frame_header_bytes> finish(FrameHeader header,
                                                   std::span<const std::byte> payload) const {
    header.session = session_;
    header.length = static_cast<std::uint32_t>(payload.size());
    header.payload_crc = crc32c(payload);
    return encode(header);
  }
  /// If a message is only partly ready, half a chunk is sent, too, so that no chunk waits for the
  /// rest of a stripe.
  bool chunk_is_ready() const noexcept {
    return !message_.empty() && ready_ - begin_ >= std::min(chunk_bytes_ / 2, message_.size());
  }
  Pieces on_their_way() const {
    if (chunk_.empty()) return {frames_};
    const bool last = message_.empty();
    return {head_, chunk_,
            last ? std::span<const std::byte>{behind_} : std::span<const std::byte>{}};
  }
  void begin_chunk() {
    chunk_ = message_.first(std::min(chunk_bytes_, ready_ - begin_));
    message_ = message_.subspan(chunk_.size());
    of_message_.offset = begin_;
    begin_ += chunk_.size();
    head_ = finish(of_message_, chunk_);
  }

  std::size_t chunk_bytes_;
  std::uint64_t session_ = 0;
  std::vector<std::byte> frames_;  ///< Whole frames to send.
  std::array<std::byte, frame_header_bytes> head_;
  std::span<const std::byte> chunk_;    ///< The chunk that is being sent, after head_.
  std::span<const std::byte> message_;  ///< The rest of the message.
  std::vector<std::byte> behind_;       ///< Whole frames to send after the message.
  FrameHeader of_message_ = {};
  std::size_t begin_ = 0;  ///< Begin of the next chunk.
  std::size_t ready_ = 0;
  std::size_t sent_ = 0;  ///< Bytes of next() that were sent.
};

}  // namespace tributary::inline v0_1::detail
