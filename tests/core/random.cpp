#include <tributary/core/random.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <cstdint>

using namespace tributary;

namespace {
struct Options {
  int epochs = 1;
  Seed seed = {};
};
std::uint64_t seed_of(const Options& options) { return options.seed.value; }
}  // namespace

TEST_CASE("an integer is a seed, a fraction or a bool is not") {
  CHECK(seed_of({.epochs = 2, .seed = 42}) == 42);
  CHECK(seed_of({.seed = Seed{42}}) == 42);
  CHECK(seed_of({}) == 0);
  CHECK(Seed{~std::uint64_t{0}}.value == ~std::uint64_t{0});
  CHECK(!std::convertible_to<double, Seed>);
  CHECK(!std::convertible_to<bool, Seed>);
}
