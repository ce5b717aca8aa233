#include "support/divergence.hpp"

#include <doctest/doctest.h>

#include <tributary/transport/simulated.hpp>

using namespace tributary;
using namespace tributary::test;

namespace {
template <class Transport>
void sees_every_last_step(const Transport& one, const Transport& three) {
  sees_the_last_step(one, Independent{});
  sees_the_last_step(three, Independent{});
  sees_the_last_step(three, Averaging{.period = 3});
  sees_the_last_step(three, Downpour{});
}
}  // namespace

TEST_CASE("a last step that makes NaN is an error among threads") {
  sees_every_last_step(InProcess{}, InProcess{.workers = 3});
  sees_the_last_step(InProcess{.workers = 3}, Hogwild{});
}

TEST_CASE("a last step that makes NaN is an error in a simulation") {
  sees_every_last_step(Simulated{}, Simulated{.workers = 3});
}

TEST_CASE("a center that overflows on sums of finite commits ends the run of all") {
  const char* const message = "the center is NaN or infinite after merge ";
  sees_the_overflow(InProcess{.workers = 3}, message);
  sees_the_overflow(Simulated{.workers = 3}, message);
}
