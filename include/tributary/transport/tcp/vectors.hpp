// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <tributary/codec/codec.hpp>
#include <tributary/codec/lossless.hpp>
#include <tributary/core/are_finite.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/text_stream.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

/// Whether a message of the codec is the vector's memory.
template <class C>
inline constexpr bool sends_memory =
    std::same_as<C, Lossless>&& std::endian::native == std::endian::little;

/// Encodes vectors to send.
template <Real S>
class OutgoingVectors {
 public:
  virtual ~OutgoingVectors() = default;
  /// The message for a vector of finite elements: its own memory, or bytes that are valid until the
  /// next call. Throws std::range_error if an element is larger than the codec's largest, see
  /// HasLargest.
  virtual std::span<const std::byte> encode(const Vector<S>& vector) = 0;
};

/// Decodes received vectors.
template <Real S>
class IncomingVectors {
 public:
  virtual ~IncomingVectors() = default;
  /// The memory for a message of this many bytes: the vector itself, if the codec sends memory.
  virtual TcpResult<std::span<std::byte>> space(Vector<S>& vector, std::uint64_t bytes) = 0;
  /// This many bytes of the message are received. If it is the vector's memory, checks that the
  /// complete elements are finite.
  virtual TcpStatus check(const Vector<S>& vector, std::size_t bytes) = 0;
  /// Decodes the message, after all of it is received.
  virtual TcpStatus decode(Vector<S>& vector) = 0;
};

template <class C, Real S>
class OutgoingBy final : public OutgoingVectors<S> {
 public:
  OutgoingBy(const C& codec, const Vector<S>& initial) : encoder_{codec.make_encoder(initial)} {
    if constexpr (HasLargest<C, S>) largest_ = codec.template largest<S>();
  }

  std::span<const std::byte> encode(const Vector<S>& vector) override {
    if constexpr (HasLargest<C, S>) {
      const S here = largest_ < std::numeric_limits<S>::max() && vector.size() > 0
                         ? vector.cwiseAbs().maxCoeff()
                         : S{0};
      if (here > largest_) {
        detail::TextStream message;
        message << "Tcp: an element of magnitude " << here << " cannot be sent by the codec "
                << plain_type_name<C>() << ", whose largest is " << largest_
                << "; BFloat16 and Lossless have the range of float";
        throw std::range_error{message.str()};
      }
    }
    if constexpr (sends_memory<C>) {
      return std::as_bytes(std::span{vector.data(), static_cast<std::size_t>(vector.size())});
    } else {
      encoder_.encode(vector, bytes_);
      return bytes_;
    }
  }

 private:
  EncoderOf<C, S> encoder_;
  S largest_ = std::numeric_limits<S>::max();
  std::vector<std::byte> bytes_;
};

template <class C, Real S>
class IncomingBy final : public IncomingVectors<S> {
 public:
  IncomingBy(const C& codec, const Vector<S>& initial)
      : decoder_{codec.make_decoder(initial)},
        size_{initial.size()},
        most_{codec.max_bytes(initial)} {}

  TcpResult<std::span<std::byte>> space(Vector<S>& vector, std::uint64_t bytes) override {
    if (bytes > most_) return TcpErrc::too_long;
    if constexpr (sends_memory<C>) {
      if (bytes != most_) return TcpErrc::size_mismatch;
      vector.resize(size_);
      checked_ = 0;
      return std::as_writable_bytes(std::span{vector.data(), static_cast<std::size_t>(size_)});
    } else {
      bytes_.resize(bytes);
      return std::span{bytes_};
    }
  }
  TcpStatus check(const Vector<S>& vector, std::size_t bytes) override {
    if constexpr (sends_memory<C>) {
      const auto whole = static_cast<Index>(bytes / sizeof(S));
      if (!are_finite(vector.data() + checked_, whole - checked_)) return TcpErrc::not_finite;
      checked_ = whole;
    }
    return Done{};
  }
  TcpStatus decode(Vector<S>& vector) override {
    if constexpr (sends_memory<C>) {
      return check(vector, most_);
    } else {
      vector.resize(size_);
      const Status decoded = decoder_.decode(bytes_, vector);
      return decoded ? TcpStatus{Done{}} : tcp_errc(decoded.error());
    }
  }

 private:
  DecoderOf<C, S> decoder_;
  Index size_;
  std::size_t most_;
  Index checked_ = 0;  ///< Elements of the message.
  std::vector<std::byte> bytes_;
};

/// A codec of any type.
template <Real S>
struct AnyCodec {
  template <class C>
  explicit AnyCodec(const C& codec)
      : is_memory{sends_memory<C>},
        make_outgoing{[codec](const Vector<S>& initial) {
          return std::make_unique<OutgoingBy<C, S>>(codec, initial);
        }},
        make_incoming{[codec](const Vector<S>& initial) {
          return std::make_unique<IncomingBy<C, S>>(codec, initial);
        }} {}

  bool is_memory;  ///< Whether a message is the vector's memory.
  std::function<std::unique_ptr<OutgoingVectors<S>>(const Vector<S>& initial)> make_outgoing;
  std::function<std::unique_ptr<IncomingVectors<S>>(const Vector<S>& initial)> make_incoming;
};

/// The codecs of a connection.
template <Real S>
struct Codecs {
  AnyCodec<S> commits, replies;
};

}  // namespace tributary::inline v0_1::detail
