#include <tributary/core/philox.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace tributary;

TEST_CASE("Philox gives the published numbers of Random123") {
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(Philox::block({0, 0, 0, 0}, {0, 0}) ==
        Philox::Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(Philox::block({ones, ones, ones, ones}, {ones, ones}) ==
        Philox::Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Philox::Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a group holds the blocks of its sixteen counters, word by word") {
  constexpr std::uint64_t key = 0x299f31d0a4093822, stream = 0x0123456789abcdef;
  std::array<std::uint32_t, Philox::group_size> numbers;
  Philox::group(key, stream, 3, numbers);
  for (std::uint32_t lane = 0; lane < Philox::lanes; ++lane) {
    const auto block =
        Philox::block({48 + lane, 0, 0x89abcdef, 0x01234567}, {0xa4093822, 0x299f31d0});
    for (std::size_t word = 0; word < 4; ++word)
      CHECK(numbers[word * Philox::lanes + lane] == block[word]);
  }
}

TEST_CASE("a stream begins with the same numbers for any count") {
  std::vector<std::uint32_t> all(1000);
  Philox::fill(7, 9, all);
  for (const std::size_t count : {0u, 1u, 63u, 64u, 65u, 200u}) {
    std::vector<std::uint32_t> some(count);
    Philox::fill(7, 9, some);
    CHECK(some == std::vector<std::uint32_t>(all.begin(), all.begin() + std::ptrdiff_t(count)));
  }
  std::vector<std::uint32_t> other(1000);
  Philox::fill(7, 10, other);
  CHECK(other != all);
  Philox::fill(8, 9, other);
  CHECK(other != all);
}

TEST_CASE("the numbers are uniform in every bit") {
  constexpr std::size_t count = 100'000;
  std::vector<std::uint32_t> numbers(count);
  Philox::fill(1, 2, numbers);
  for (int bit = 0; bit < 32; ++bit) {
    double set = 0;
    for (const auto number : numbers) set += (number >> bit) & 1;
    CHECK(std::abs(set / count - 0.5) < 5 * 0.5 / std::sqrt(double{count}));  // 5 σ
  }
}
