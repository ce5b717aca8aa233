#include <tributary/rule/dc_asgd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <tributary/rule/asynchronous_sgd.hpp>

#include "support/problems.hpp"
#include "support/rules.hpp"
#include "support/shards.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// The center after worker 0's gradient, after worker 1 has moved it from 3 to 2.
double compensated(DcAsgd rule, double gradient) {
  rule.learning_rate = 0.5;
  auto half = rule.make_center_half(Vector<double>{{3}}, 2);
  Vector<double> center{{3}}, reply(1);
  half.merge(center, Vector<double>{{2}}, {.worker = 1}, reply);  // it has not drifted
  CHECK(center[0] == 2);
  CHECK(reply == center);
  half.merge(center, Vector<double>{{gradient}}, {.worker = 0}, reply);
  CHECK(reply == center);
  return center[0];
}
}  // namespace

TEST_CASE("DC-ASGD adds lambda g g (center - backup) to the gradient, with a backup per worker") {
  CHECK(compensated({.lambda = 0.25}, 4) == 2 - 0.5 * (4 + 0.25 * 16 * (2 - 3)));
  CHECK(compensated({.lambda = 0.25}, -4) == 2 - 0.5 * (-4 + 0.25 * 16 * (2 - 3)));
}

TEST_CASE("DC-ASGD's adaptive lambda is divided by the root mean square of all gradients") {
  const DcAsgd rule{.lambda = 0.25, .form = DcAsgd::Form::adaptive, .decay = 0.75};
  const double mean_square = 0.75 * (0.25 * 2 * 2) + 0.25 * 4 * 4;
  const double lambda = 0.25 / std::sqrt(mean_square + 1e-7);
  CHECK(compensated(rule, 4) == doctest::Approx(2 - 0.5 * (4 - lambda * 16)).epsilon(1e-14));
}

TEST_CASE("DC-ASGD corrects to second order where the squared gradient is the curvature") {
  // f = -log x has f'^2 = f'', so with lambda = 1 the error is (drift / x)^2 / center.
  const double backup = 2;
  for (const double drift : {0.2, 0.1, -0.1}) {
    const DcAsgd rule{.learning_rate = 1, .lambda = 1};
    auto half = rule.make_center_half(Vector<double>{{backup}}, 1);
    Vector<double> center{{backup + drift}}, reply(1);
    half.merge(center, Vector<double>{{-1 / backup}}, {}, reply);
    const double used = backup + drift - center[0], right = -1 / (backup + drift);
    CHECK(used - right == doctest::Approx(std::pow(drift / backup, 2) / (backup + drift)));
  }
}

TEST_CASE("DC-ASGD with lambda = 0 is asynchronous SGD, bit for bit, for any order of workers") {
  const Vector<double> start{{1, -2, 3}};
  for (const auto form : {DcAsgd::Form::constant, DcAsgd::Form::adaptive}) {
    auto compensating =
        DcAsgd{.learning_rate = 0.3, .lambda = 0, .form = form}.make_center_half(start, 3);
    auto plain = AsynchronousSgd{}.make_center_half(start, 3, Sgd{.learning_rate = 0.3});
    Vector<double> center = start, center2 = start, reply(3), reply2(3);
    Rng rng = Seed{5}.rng();
    for (const int worker : {0, 1, 1, 2, 0, 2}) {
      Vector<double> gradient(3);
      for (double& g : gradient) g = normal(rng);
      compensating.merge(center, gradient, {.worker = worker}, reply);
      plain.merge(center2, gradient, {.worker = worker}, reply2);
    }
    CHECK(center == center2);
    CHECK(reply == reply2);
    CHECK(center != start);
  }
}

TEST_CASE("DC-ASGD with one worker has nothing to compensate and is sequential SGD") {
  const auto fit = [](const auto&... policies) {
    return Trainer{LinearModel<double>{}, InProcess{}, policies...}
        .train(line<double>(300), {.epochs = 2, .batch_size = 8, .seed = Seed{42}})
        .parameters();
  };
  CHECK(fit(DcAsgd{.learning_rate = 0.05, .lambda = 100}) ==
        fit(Independent{}, Sgd{.learning_rate = 0.05}));
}

TEST_CASE("DC-ASGD by shards is DC-ASGD on the whole") {
  merges_shards_as_the_whole(DcAsgd{}, Sgd{});
  merges_shards_as_the_whole(DcAsgd{.lambda = 2, .form = DcAsgd::Form::adaptive}, Sgd{});
}

TEST_CASE("DC-ASGD names the setting that is out of range") {
  const auto refuses = [](const DcAsgd& rule, const char* message) {
    CHECK_THROWS_WITH_AS(rule.validate(2), message, std::invalid_argument);
  };
  refuses({.learning_rate = 0}, "DcAsgd::learning_rate = 0, must be positive");
  refuses({.lambda = -1}, "DcAsgd::lambda = -1, must be zero or positive");
  refuses({.decay = 1}, "DcAsgd::decay = 1, must be in [0, 1)");
  refuses({.period = -1}, "DcAsgd::period = -1, must be at least 1, or one_epoch");
  refuses({.overlap = 2}, "DcAsgd::overlap = 2, must be in [0, period]");
  CHECK_NOTHROW(DcAsgd{}.validate(2));
}
