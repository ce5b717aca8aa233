#include <tributary/codec/floating_point.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "codec/support.hpp"

using namespace tributary;

TEST_CASE("golden bytes of the floating-point formats") {
  const std::vector<float> in{1.0f, -2.5f, 0.0f, -0.0f};
  check_message<float>(
      Float32{}, in, bytes_of({0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0x80}), in);
  check_message<float>(Float64{}, in, bytes_of({0, 0, 0, 0, 0, 0, 0xf0, 0x3f,  //
                                                0, 0, 0, 0, 0, 0, 4,    0xc0,  //
                                                0, 0, 0, 0, 0, 0, 0,    0,     //
                                                0, 0, 0, 0, 0, 0, 0,    0x80}),
                       in);
  // −0 becomes 0 when a residual is added.
  check_message<float>(Float16{}, in, bytes_of({0, 0x3c, 0, 0xc1, 0, 0, 0, 0}), in);
  check_message<float>(BFloat16{}, in, bytes_of({0x80, 0x3f, 0x20, 0xc0, 0, 0, 0, 0}), in);
  const std::vector<double> numbers{1.0 / 3, -1e300};
  check_message<double>(Float32{}, numbers,
                        bytes_of({0xab, 0xaa, 0xaa, 0x3e, 0xff, 0xff, 0x7f, 0xff}),
                        {1.0f / 3, -std::numeric_limits<float>::max()});
  check_message<double>(Float16{}, numbers, bytes_of({0x55, 0x35, 0xff, 0xfb}),
                        {0x1.554p-2, -65504});
  check_message<double>(BFloat16{}, numbers, bytes_of({0xab, 0x3e, 0x7f, 0xff}),
                        {0x1.56p-2, -0x1.fep127});
}

namespace {

/// The value of a finite word, by the definition of IEEE 754.
template <class Words>
double value(unsigned word, int mantissa_bits) {
  const unsigned magnitude = word & 0x7fff;
  const unsigned mantissa = magnitude & ((1u << mantissa_bits) - 1);
  const int exponent = static_cast<int>(magnitude >> mantissa_bits);
  const unsigned implicit = exponent ? 1u << mantissa_bits : 0;
  const double x =
      std::ldexp(implicit + mantissa, std::max(exponent, 1) - Words::bias - mantissa_bits);
  return word & 0x8000 ? -x : x;
}

template <class Words, Real S>
void check_rounding(int mantissa_bits) {
  const auto towards_zero = [](S x) { return std::nextafter(x, S{0}); };
  const auto away = [](S x) { return std::nextafter(x, std::copysign(2 * std::abs(x), x)); };
  constexpr unsigned largest = Words::infinity - 1;
  int wrong = 0;
  for (unsigned magnitude = 0; magnitude <= largest; ++magnitude) {
    for (const unsigned sign : {0u, 0x8000u}) {
      const unsigned word = sign | magnitude;
      const double exact = value<Words>(word, mantissa_bits);
      const auto x = static_cast<S>(exact);
      wrong += Words::template unpack<S>(static_cast<typename Words::Word>(word)) != exact;
      wrong += Words::template pack<S>(x) != (x == 0 && sign ? sign : word);
      if (magnitude == largest) {
        wrong += Words::template pack<S>(away(x)) != word;
        wrong += Words::template pack<S>(std::copysign(std::numeric_limits<S>::max(), x)) != word;
        continue;
      }
      const auto half = static_cast<S>((exact + value<Words>(word + 1, mantissa_bits)) / 2);
      wrong += Words::template pack<S>(half) != word + (word & 1);
      wrong += Words::template pack<S>(towards_zero(half)) != word;
      wrong += Words::template pack<S>(away(half)) != word + 1;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("every number of 16 bits, and the middle of any two, round to the nearest even") {
  check_rounding<Float16::Words, float>(10);
  check_rounding<Float16::Words, double>(10);
  check_rounding<BFloat16::Words, float>(7);
  check_rounding<BFloat16::Words, double>(7);
}

TEST_CASE("numbers beyond a format are sent over several messages") {
  const Vector<float> in{{150'000.0f, -65'504.0f}};
  auto encoder = Float16{}.make_encoder<float>(in);
  Vector<float> sum = Vector<float>::Zero(2);
  for (int message = 0; message < 3; ++message) {
    sum += decoded<float>(Float16{}.make_decoder<float>(in), encoded<float>(encoder, in), 2);
  }
  CHECK(sum == Vector<float>{{3 * 65'504.0f, 3 * -65'504.0f}});
  CHECK(encoder.residual == Vector<float>{{3 * (150'000.0f - 65'504.0f), 0.0f}});
}

TEST_CASE("bit patterns that are not numbers of the scalar are refused") {
  CHECK(refusal<float>(Float32{}, 1, bytes_of({0, 0, 0x80, 0x7f})) == Errc::not_finite);
  CHECK(refusal<double>(Float32{}, 1, bytes_of({0, 0, 0xc0, 0xff})) == Errc::not_finite);
  CHECK(refusal<float>(Float16{}, 2, bytes_of({0, 0, 0, 0x7c})) == Errc::not_finite);
  CHECK(refusal<float>(BFloat16{}, 2, bytes_of({0x80, 0xff, 0, 0})) == Errc::not_finite);
  CHECK(refusal<double>(Float64{}, 1, bytes_of({1, 0, 0, 0, 0, 0, 0xf0, 0x7f})) ==
        Errc::not_finite);
  const Bytes largest_float = bytes_of({0, 0, 0, 0xe0, 0xff, 0xff, 0xef, 0x47});
  const Bytes more = bytes_of({1, 0, 0, 0xe0, 0xff, 0xff, 0xef, 0x47});
  CHECK(decoded<float>(FloatDecoder<float, Float64::Words>{}, largest_float, 1)[0] ==
        std::numeric_limits<float>::max());
  CHECK(refusal<float>(Float64{}, 1, more) == Errc::not_finite);
  CHECK(refusal<float>(Float16{}, 2, bytes_of({0, 0, 0})) == Errc::size_mismatch);
  CHECK(refusal<float>(Float16{}, 2, bytes_of({0, 0, 0, 0, 0})) == Errc::size_mismatch);
}
