#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <random>
#include <tributary/codec/codec.hpp>
#include <vector>

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// Numbers of several magnitudes, some of them 0.
template <tributary::Real S>
tributary::Vector<S> random_update(tributary::Index size, std::mt19937& random) {
  std::normal_distribution<double> normal;
  tributary::Vector<S> update(size);
  for (S& x : update) {
    const double exponent = normal(random);
    x = random() % 8 ? static_cast<S>(normal(random) * std::exp(3 * exponent)) : S{0};
  }
  return update;
}

template <tributary::Real S>
Bytes encoded(auto& encoder, const tributary::Vector<S>& in) {
  Bytes bytes;
  encoder.encode(in, bytes);
  return bytes;
}

template <tributary::Real S>
tributary::Vector<S> decoded(auto&& decoder, const Bytes& bytes, tributary::Index size) {
  tributary::Vector<S> out = tributary::Vector<S>::Constant(size, S{7});
  const tributary::Status status = decoder.decode(bytes, out);
  REQUIRE(status);
  return out;
}

template <tributary::Real S>
tributary::Vector<S> vector(const std::vector<S>& numbers) {
  return Eigen::Map<const tributary::Vector<S>>{numbers.data(),
                                                static_cast<tributary::Index>(numbers.size())};
}

/// The bytes of a message, and the decoded values.
template <tributary::Real S>
void check_message(const auto& codec, const std::vector<S>& numbers, const Bytes& bytes,
                   const std::vector<S>& expected) {
  const auto in = vector<S>(numbers), out = vector<S>(expected);
  auto encoder = codec.template make_encoder<S>(in);
  CHECK(encoded<S>(encoder, in) == bytes);
  CHECK(decoded<S>(codec.template make_decoder<S>(in), bytes, in.size()) == out);
}

/// A decoder's result for these bytes.
template <tributary::Real S>
tributary::Errc refusal(const auto& codec, tributary::Index size, const Bytes& bytes) {
  tributary::Vector<S> out = tributary::Vector<S>::Zero(size);
  const tributary::Status status = codec.template make_decoder<S>(out).decode(bytes, out);
  REQUIRE_FALSE(status);
  return status.error();
}
