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

/// Bytes of a message from `begin` to `end`.
struct ByteRange {
  std::size_t begin, end;
};
/// The part of a message of so many bytes that connection `shard` of `shards` carries: whole cache
/// lines, but for the last one.
inline ByteRange part_of(std::size_t bytes, std::size_t shard, std::size_t shards) {
  const std::size_t lines = bytes / 64;
  return {64 * (lines * shard / shards),
          shard + 1 == shards ? bytes : 64 * (lines * (shard + 1) / shards)};
}

/// What comes in on a connection, cut into frames. Does no input itself: who does puts the bytes
/// into space() and says so. The payloads of chunks go straight to where the message is wanted.
class FrameReader {
 public:
  /// No other frame may have a payload of more than `most` bytes.
  explicit FrameReader(std::size_t most) : small_(most) {}

  /// From now on frames have to name this session; before, any will do.
  void set_session(std::uint64_t session) { session_ = session; }
  /// Chunks are of these parts of messages.
  void set_shard(std::uint16_t shard) { shard_ = shard; }
  /// The chunks that follow are those of a message for this memory, a part of which they fill in
  /// order.
  void expect(std::span<std::byte> message, ByteRange part) {
    message_ = message;
    received_ = part.begin;
    end_ = part.end;
  }
  bool complete() const noexcept { return received_ == end_; }
  /// Up to here the part is there and right; counted from the message's begin.
  std::size_t received() const noexcept { return received_; }

  /// Where the next bytes go: what a frame lacks, and after a payload the header of the next one,
  /// which often is there already. All empty while a header is there that was not looked at.
  std::array<std::span<std::byte>, 2> space() noexcept {
    if (payload_.data() == nullptr) return {std::span{head_}.subspan(done_), {}};
    return {payload_.subspan(done_ - frame_header_bytes), head_};
  }
  /// So many bytes went there. True if a frame is complete: header() and payload() stay until the
  /// next call. After an error nothing more can be understood.
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
    if (header_.type == FrameType::chunk) {
      if (header_.count != message_.size() || header_.offset != received_ || header_.length == 0 ||
          header_.length > end_ - received_ || header_.shard != shard_)
        return TcpErrc::unexpected_message;
      payload_ = message_.subspan(received_, header_.length);
    } else {
      if (header_.length > small_.size()) return TcpErrc::too_long;
      if (header_.length != header_.count) return TcpErrc::malformed;
      payload_ = std::span{small_}.first(header_.length);
    }
    return Done{};
  }

  std::array<std::byte, frame_header_bytes> head_;
  FrameHeader header_ = {};
  std::vector<std::byte> small_;  ///< Payloads of frames that are no chunks.
  std::span<std::byte> message_, payload_;
  std::span<const std::byte> finished_;
  std::size_t done_ = 0;  ///< Bytes of the frame that are there; past its payload, of the next one.
  std::uint32_t crc_ = 0;
  std::size_t summed_ = 0;  ///< Bytes of the payload that crc_ is of.
  std::size_t received_ = 0, end_ = 0;
  std::uint16_t shard_ = 0;
  std::optional<std::uint64_t> session_;
};

/// What goes out on a connection, likewise: a message is not copied but sent from where it lies, in
/// chunks, whose checksums are taken when they are about to go.
class FrameWriter {
 public:
  explicit FrameWriter(std::size_t chunk_bytes) : chunk_bytes_{chunk_bytes} {}

  void set_session(std::uint64_t session) { session_ = session; }
  bool idle() const noexcept { return frames_.empty() && message_.empty() && chunk_.empty(); }
  /// There is something that may go now.
  bool can_send() const noexcept { return !frames_.empty() || !chunk_.empty() || chunk_is_ready(); }

  /// Bytes of whole frames. They overtake the chunks of a message that have not set out.
  void put_bytes(std::span<const std::byte> frames) {
    frames_.insert(frames_.end(), frames.begin(), frames.end());
  }
  /// A frame with a small payload; `header` says all but the payload's length and checksum.
  void put(FrameHeader header, std::span<const std::byte> payload = {}) {
    header.count = payload.size();
    put_bytes(finish(header, payload));
    put_bytes(payload);
  }
  /// Such a frame, and a message after it. What is ready() of the message stays as it is until all is
  /// sent.
  void put(FrameHeader header, std::span<const std::byte> payload,
           std::span<const std::byte> message, ByteRange part, std::size_t ready) {
    put(header, payload);
    put_chunks(header, message, part, ready);
  }
  /// A part of a message that another connection carries the frame of.
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
  /// A frame that goes once the message has.
  void put_behind(FrameHeader header, std::span<const std::byte> payload) {
    if (message_.empty() && chunk_.empty()) return put(header, payload);
    header.count = payload.size();
    const auto head = finish(header, payload);
    behind_.insert(behind_.end(), head.begin(), head.end());
    behind_.insert(behind_.end(), payload.begin(), payload.end());
  }
  /// So many bytes of the message are what they should be; for one that is not cut into parts.
  void set_ready(std::size_t ready) noexcept { ready_ = ready; }

  /// What goes out next, in pieces of which some are empty: frames; or a chunk, and what is behind the
  /// last one. Frames do not wait for a chunk: the other end gets ready while its checksum is taken.
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
  /// So many bytes of it went out.
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
  /// Of a message that is not all ready half a chunk sets out as well, so that none waits for the
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
  std::vector<std::byte> frames_;  ///< Whole frames that wait.
  std::array<std::byte, frame_header_bytes> head_;
  std::span<const std::byte> chunk_;    ///< On its way, behind head_.
  std::span<const std::byte> message_;  ///< What is left of it.
  std::vector<std::byte> behind_;       ///< Whole frames that wait for it.
  FrameHeader of_message_ = {};
  std::size_t begin_ = 0;  ///< Of the next chunk.
  std::size_t ready_ = 0;
  std::size_t sent_ = 0;  ///< Of what is on its way.
};

}  // namespace tributary::inline v0_1::detail
