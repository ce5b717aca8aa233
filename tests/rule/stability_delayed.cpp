#include <tributary/rule/stability.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include "support/foretells.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("delayed steps diverge just beyond the bound of their advice") {
  for (const int workers : {3, 8, 20}) {
    const double bound = delay_bound(workers);
    for (const int period : {1, 4}) {
      turns_at(rate_of(bound, period), workers, Downpour{.period = period});
      turns_at(bound / h, workers, AsynchronousSgd{.period = period});
      turns_at_its_own(bound / h, workers, DcAsgd{.lambda = 0, .period = period});
    }
    if (2 * bound < 1) turns_at(rate_of(2 * bound, 2), workers, Adag{.period = 2});
  }
  turns_at(5 * delay_bound(5) / h, 5, DynSgd{.period = 1});
  const double share = (1 - std::pow(1 - 0.1 * h, 4)) / (0.1 * h * 4);  // of a gradient at θ̃
  turns_at(delay_bound(8) / share / h, 8, AsynchronousSgd{4, 0, 0.1});
}

TEST_CASE("steps on the spot diverge just beyond the bound of their advice") {
  turns_at(2 / h, 1, Independent{.period = 4});
  for (const int workers : {1, 4}) {
    turns_at(2 / h, workers, Averaging{.period = 3});
    turns_at(2 / h, workers, Averaging{.period = 3, .overlap = 2});
    turns_at(2 / h, workers, SynchronousSgd{.period = 3});
    turns_at(2.5 / h, workers, SynchronousSgd{.period = 10, .overlap = 1});
    turns_at(2 / h, workers, SynchronousSgd{.period = 2, .overlap = 1});
    turns_at(1 / h, workers, SynchronousSgd{.period = 1, .overlap = 1});
  }
  turns_at(2 / h, 1, Downpour{.period = 1});
  turns_at(rate_of(delay_bound(5), 3), 5, Hogwild{.period = 3});
  turns_at(rate_of(delay_bound(5), 3), 5, Ssp{.period = 3, .bound = 1});
  turns_at(rate_of(2.0 / 5, 3), 5, Ssp{.period = 3, .bound = 0});
  turns_at_its_own((2 + 2 * 0.9) / (1 + 2 * 0.9) / h, 1,
                   Eamsgd{.moving_rate = MovingRate::alpha(0.1), .period = 4});
}
