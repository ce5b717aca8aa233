// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <tributary/core/result.hpp>

namespace tributary::inline v0_1 {

/// The reason why a peer or its message is refused. A REFUSE carries the value to other programs,
/// so only append; docs/protocol.md lists the values.
enum class TcpErrc {
  size_mismatch = 1,
  not_finite,
  out_of_range,
  corrupt,
  wrong_magic,
  unknown_version,
  wrong_header_checksum,
  unknown_type,
  unknown_flag,
  unknown_codec,
  too_long,
  outside_message,  ///< A payload ends after its message.
  wrong_payload_checksum,
  unexpected_message,  ///< A message of this type is not allowed in this state.
  malformed,
  wrong_key,
  wrong_session,
  wrong_run,           ///< A worker returns to another run.
  different_settings,  ///< The settings of two programs differ.
  wrong_rank,
  duplicate_worker,
  no_room,
  too_slow,
  refused,  ///< The peer gave a reason that this version does not know.
};

/// The code for an error that core found in a peer's bytes.
constexpr TcpErrc tcp_errc(Errc error) noexcept {
  switch (error) {
    case Errc::size_mismatch:
      return TcpErrc::size_mismatch;
    case Errc::not_finite:
      return TcpErrc::not_finite;
    case Errc::out_of_range:
      return TcpErrc::out_of_range;
    case Errc::corrupt:
      break;
  }
  return TcpErrc::corrupt;
}

/// A sentence for people. Empty for values that TcpErrc does not have.
constexpr std::string_view message(TcpErrc error) noexcept {
  switch (error) {
    case TcpErrc::size_mismatch:
      return message(Errc::size_mismatch);
    case TcpErrc::not_finite:
      return message(Errc::not_finite);
    case TcpErrc::out_of_range:
      return message(Errc::out_of_range);
    case TcpErrc::corrupt:
      return message(Errc::corrupt);
    case TcpErrc::wrong_magic:
      return "the bytes are not from a Tributary peer";
    case TcpErrc::unknown_version:
      return "the peers have no protocol version in common";
    case TcpErrc::wrong_header_checksum:
      return "the header's checksum is wrong";
    case TcpErrc::unknown_type:
      return "the type of the frame is unknown";
    case TcpErrc::unknown_flag:
      return "the frame has an unknown flag";
    case TcpErrc::unknown_codec:
      return "the codec is unknown";
    case TcpErrc::too_long:
      return "the frame is longer than allowed";
    case TcpErrc::outside_message:
      return "the payload ends beyond its message";
    case TcpErrc::wrong_payload_checksum:
      return "the payload's checksum is wrong";
    case TcpErrc::unexpected_message:
      return "a message of this type was not expected now";
    case TcpErrc::malformed:
      return "the message does not follow the protocol";
    case TcpErrc::wrong_key:
      return "wrong key or none";
    case TcpErrc::wrong_session:
      return "the frame is of another session";
    case TcpErrc::wrong_run:
      return "the hub has another run";
    case TcpErrc::different_settings:
      return "the hub and the worker have different settings";
    case TcpErrc::wrong_rank:
      return "there is no such rank";
    case TcpErrc::duplicate_worker:
      return "a worker with this id is already connected";
    case TcpErrc::no_room:
      return "there are too many connections";
    case TcpErrc::too_slow:
      return "the time limit has passed";
    case TcpErrc::refused:
      return "the peer refused, for an unknown reason";
  }
  return {};
}

template <class T>
using TcpResult = Result<T, TcpErrc>;
using TcpStatus = TcpResult<Done>;

}  // namespace tributary::inline v0_1
