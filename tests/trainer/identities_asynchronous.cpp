#include <doctest/doctest.h>

#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("identities between asynchronous rules, several workers in random order") {
  for (const int workers : {2, 3, 8}) {
    CAPTURE(workers);
    const auto fit = [&](const auto&... policies) {
      const Simulated uneven{.workers = workers, .step_time = ExponentialStep{}, .seed = Seed{3}};
      return Trainer{LinearModel<double>{}, uneven, policies...}
          .train(line<double>(300), {.epochs = 5, .batch_size = 8, .seed = Seed{42}})
          .parameters();
    };
    const Sgd sgd{.learning_rate = 0.05};
    const Vector<double> downpour = fit(Downpour{.period = 1}, sgd);
    const Vector<double> asynchronous = fit(AsynchronousSgd{}, sgd);
    CHECK(fit(Adag{.period = 1}, sgd) == downpour);
    CHECK((asynchronous - downpour).norm() < 1e-12);
    for (const auto form : {DcAsgd::Form::constant, DcAsgd::Form::adaptive}) {
      CHECK(fit(DcAsgd{.learning_rate = 0.05, .lambda = 0, .form = form}) == asynchronous);
    }
    // They distinguish the rules: stale commits have a smaller weight, or are corrected.
    CHECK((fit(DynSgd{.period = 1}, sgd) - downpour).norm() > 1e-3);
    CHECK((fit(DcAsgd{.learning_rate = 0.05, .lambda = 1}) - asynchronous).norm() > 1e-6);
  }
}

TEST_CASE("EASGD with alpha = 1 and one worker swaps: two trainings take turns") {
  struct Centers {
    std::vector<Vector<double>> all;
    void on(const Merged<double>& m) { all.emplace_back(m.center); }
  } centers;
  const NoisyQuadratic model;  // a step halves x
  Trainer{model, InProcess{}, Easgd{.moving_rate = MovingRate::alpha(1), .period = 1, .overlap = 0},
          Sgd{.learning_rate = 0.5}}
      .train(Noise{.rows = 6}, {.batch_size = 1}, centers);
  // Worker and center each have a training, from the same start, and exchange them at every step.
  const std::vector<double> expected = {0.5, 0.5, 0.25, 0.25, 0.125, 0.125};
  REQUIRE(centers.all.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(centers.all[i][0] == expected[i]);
}
