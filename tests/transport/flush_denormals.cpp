#include <tributary/transport/detail/flush_denormals.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace tributary;

TEST_CASE("denormal numbers are zero during a guard's lifetime, as results and as operands") {
  const auto halved = [](float x) {
    const volatile float operand = x;
    return operand * 0.5f;
  };
  constexpr float least = std::numeric_limits<float>::min(), below = least / 2;
  REQUIRE(halved(least) == below);
  {
    const FlushDenormals guard;
    CHECK(halved(least) == 0);
    CHECK(halved(2 * least) == least);
    const volatile float denormal = below, large = 1e30f;
    CHECK(denormal * large == 0);
    { const FlushDenormals again; }
    CHECK(halved(least) == 0);
  }
  CHECK(halved(least) == below);
}
