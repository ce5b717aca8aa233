#include <doctest/doctest.h>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
template <class... Policies>
Vector<double> fit(const Policies&... policies) {
  return Trainer{LinearModel<double>{}, policies...}
      .train(line<double>(300), {.epochs = 5, .batch_size = 8, .seed = Seed{42}})
      .parameters();
}
}  // namespace

TEST_CASE("rules that are sequential training with one worker are it bit for bit") {
  const Nesterov nesterov{.learning_rate = 0.05};
  const Sgd sgd{.learning_rate = 0.05};
  const Vector<double> sequential = fit(InProcess{}, Independent{}, nesterov);
  for (const int overlap : {0, 2}) {
    CHECK(sequential == fit(InProcess{}, Averaging{.period = 3, .overlap = overlap}, nesterov));
    const Vector<double> downpour =
        fit(InProcess{}, Downpour{.period = 3, .overlap = overlap}, nesterov);
    CHECK((sequential - downpour).norm() < 1e-12);
  }
  CHECK(sequential == fit(InProcess{}, Averaging::every_epoch(), nesterov));
  CHECK(fit(InProcess{}, Independent{}, sgd) == fit(InProcess{}, SynchronousSgd{}, sgd));
  CHECK(sequential != fit(InProcess{}, SynchronousEasgd{}, nesterov));  // the elastic differs
}

TEST_CASE("identities between rules, one worker") {
  const Sgd sgd{.learning_rate = 0.05};
  CHECK(fit(InProcess{}, Adag{.period = 1}, sgd) == fit(InProcess{}, Downpour{.period = 1}, sgd));
  CHECK(fit(InProcess{}, DynSgd{}, sgd) == fit(InProcess{}, Downpour{}, sgd));
  CHECK(fit(InProcess{}, Eamsgd{.learning_rate = 0.05, .momentum = 0}) ==
        fit(InProcess{}, Easgd{}, sgd));
  CHECK(fit(InProcess{}, Easgd{}, sgd) == fit(InProcess{}, SynchronousEasgd{}, sgd));
}

TEST_CASE("averaging every step with plain SGD is synchronous SGD, to rounding") {
  const Sgd sgd{.learning_rate = 0.05};
  for (const int workers : {2, 3, 8}) {
    const InProcess threads{.workers = workers};
    CHECK((fit(threads, Averaging{}, sgd) - fit(threads, SynchronousSgd{}, sgd)).norm() < 1e-12);
  }
}
