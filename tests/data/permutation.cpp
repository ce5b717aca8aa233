#include <tributary/data/permutation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

using namespace tributary;

namespace {

/// How far the counts of `cells` equally likely outcomes are from that, in standard deviations.
double deviation(const auto& counts, std::size_t cells) {
  double all = 0, squares = 0;
  for (const double count : counts) all += count;
  const double expected = all / static_cast<double>(cells);
  for (const double count : counts) squares += (count - expected) * (count - expected) / expected;
  const auto unseen = static_cast<double>(cells - counts.size());
  const double freedom = static_cast<double>(cells) - 1;
  return (squares + unseen * expected - freedom) / std::sqrt(2 * freedom);
}
Permutation drawn(std::size_t size, std::uint64_t seed) {
  return {size, Seed{seed}.derive(Stream::partition)};
}

}  // namespace

TEST_CASE("a permutation of any size has every number once") {
  std::vector<int> times;
  for (std::size_t size = 1; size <= 2100; ++size) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const Permutation order = drawn(size, seed);
      times.assign(size, 0);
      for (std::size_t i = 0; i < size; ++i) {
        const std::size_t number = order[i];
        if (number < size) ++times[number];
      }
      const bool all_once = std::ranges::count(times, 1) == std::ptrdiff_t(size);
      if (!all_once) FAIL(size);
    }
  }
  const std::size_t large = 1'000'003;
  const Permutation order = drawn(large, 4);
  std::vector<bool> seen(large, false);
  for (std::size_t i = 0; i < large; ++i) seen[order[i]] = true;
  CHECK(std::ranges::count(seen, true) == std::ptrdiff_t(large));
}

TEST_CASE("a permutation is the one of docs/protocol.md") {
  // Worked out by tests/data/permutation.py.
  const auto first = [](const Permutation& order) {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < std::min<std::size_t>(8, order.size()); ++i)
      numbers.push_back(order[i]);
    return numbers;
  };
  CHECK(first({1, Seed{42}}) == std::vector<std::size_t>{0});
  CHECK(first({7, Seed{42}}) == std::vector<std::size_t>{4, 5, 0, 1, 2, 6, 3});
  CHECK(first({1000, Seed{42}}) ==
        std::vector<std::size_t>{259, 788, 948, 947, 582, 131, 795, 266});
  CHECK(first({100'000'000, Seed{42}}) == std::vector<std::size_t>{91996902, 55833094, 52119086,
                                                                   10037587, 40889182, 65698954,
                                                                   84413026, 10237914});
  CHECK(first({4'000'000'000, Seed{42}}) ==
        std::vector<std::size_t>{2378749582, 2690021024, 1356507020, 3884513191, 2838790422,
                                 3776463335, 2026669106, 1314828580});
}

TEST_CASE("all orders of a few numbers are equally likely") {
  for (const std::size_t size : {2u, 3u, 4u, 5u, 6u}) {
    std::map<std::vector<std::size_t>, double> counts;
    std::size_t orders = 1;
    for (std::size_t i = 2; i <= size; ++i) orders *= i;
    for (std::uint64_t seed = 0; seed < 40'000; ++seed) {
      const Permutation order = drawn(size, seed);
      std::vector<std::size_t> all;
      for (std::size_t i = 0; i < size; ++i) all.push_back(order[i]);
      ++counts[all];
    }
    std::vector<double> each;
    for (const auto& [unused, count] : counts) each.push_back(count);
    CAPTURE(size);
    CHECK(std::abs(deviation(each, orders)) < 4);
  }
}

TEST_CASE("two positions have each pair of numbers equally often, over many seeds") {
  for (const std::size_t size : {8u, 13u, 31u, 64u, 257u}) {
    for (const auto& [one, two] :
         {std::pair<std::size_t, std::size_t>{0, 1}, {0, size - 1}, {size / 2, size / 2 + 1}}) {
      std::vector<double> counts(size * size, 0);
      for (std::uint64_t seed = 0; seed < 8 * size * size; ++seed) {
        const Permutation order = drawn(size, seed);
        ++counts[order[one] * size + order[two]];
      }
      std::erase_if(counts, [](double count) { return count == 0; });
      CAPTURE(size);
      CHECK(std::abs(deviation(counts, size * (size - 1))) < 4);
    }
  }
}

TEST_CASE("neighbors in an order have nothing to do with each other") {
  const std::size_t size = 1 << 16;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Permutation order = drawn(size, seed), other = drawn(size, seed + 100);
    std::vector<double> steps(64, 0), between(64, 0);
    for (std::size_t i = 0; i + 1 < size; ++i) {
      ++steps[(order[i + 1] + size - order[i]) % size / 1024];
      ++between[(other[i] + size - order[i]) % size / 1024];
    }
    CHECK(std::abs(deviation(steps, 64)) < 4);
    CHECK(std::abs(deviation(between, 64)) < 4);
  }
}
