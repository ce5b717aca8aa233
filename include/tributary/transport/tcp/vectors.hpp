#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <tributary/codec/lossless.hpp>
#include <tributary/core/are_finite.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/text_stream.hpp>
#include <tributary/core/type_name.hpp>
#include <vector>

namespace tributary::detail {

/// Its message is the vector's memory.
template <class C>
inline constexpr bool sends_memory =
    std::same_as<C, Lossless>&& std::endian::native == std::endian::little;

/// Vectors on their way out.
template <class C, Real S>
class OutgoingVectors {
 public:
  OutgoingVectors(const C& codec, const Vector<S>& initial)
      : encoder_{codec.make_encoder(initial)} {
    if constexpr (HasLargest<C, S>) largest_ = codec.template largest<S>();
  }

  /// The message for a vector of finite numbers: its own memory, or bytes that stay until the next
  /// call. Throws std::range_error where a number is larger than the codec HasLargest.
  std::span<const std::byte> encode(const Vector<S>& vector) {
    if constexpr (HasLargest<C, S>) {
      const S here = largest_ < std::numeric_limits<S>::max() && vector.size() > 0
                         ? vector.cwiseAbs().maxCoeff()
                         : S{0};
      if (here > largest_) {
        detail::TextStream message;
        message << "Tcp: a number of magnitude " << here << " cannot be sent by the codec "
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

/// Vectors on their way in.
template <class C, Real S>
class IncomingVectors {
 public:
  IncomingVectors(const C& codec, const Vector<S>& initial)
      : decoder_{codec.make_decoder(initial)},
        size_{initial.size()},
        most_{codec.max_bytes(initial)} {}

  /// Where a message of so many bytes goes: to the vector itself, if it is its memory.
  Result<std::span<std::byte>> space(Vector<S>& vector, std::uint64_t bytes) {
    if (bytes > most_) return Errc::too_long;
    if constexpr (sends_memory<C>) {
      if (bytes != most_) return Errc::size_mismatch;
      vector.resize(size_);
      checked_ = 0;
      return std::as_writable_bytes(std::span{vector.data(), static_cast<std::size_t>(size_)});
    } else {
      bytes_.resize(bytes);
      return std::span{bytes_};
    }
  }
  /// Of a message that is the vector's memory so many bytes are there: the numbers in them that are
  /// whole, if they are finite.
  Result<Index> check(const Vector<S>& vector, std::size_t bytes) {
    const auto whole = static_cast<Index>(bytes / sizeof(S));
    if (!are_finite(vector.data() + checked_, whole - checked_)) return Errc::not_finite;
    return checked_ = whole;
  }
  /// Once the message is there.
  Status decode(Vector<S>& vector) {
    if constexpr (sends_memory<C>) {
      const auto whole = check(vector, most_);
      if (!whole) return whole.error();
      return Done{};
    } else {
      vector.resize(size_);
      return decoder_.decode(bytes_, vector);
    }
  }

 private:
  DecoderOf<C, S> decoder_;
  Index size_;
  std::size_t most_;
  Index checked_ = 0;  ///< Numbers of the message.
  std::vector<std::byte> bytes_;
};

}  // namespace tributary::detail
