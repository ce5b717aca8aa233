#include <tributary/rule/parameter_distance.hpp>

#include <doctest/doctest.h>

#include <tributary/rule/adag.hpp>

#include "support/problems.hpp"
#include "support/rules.hpp"
#include "support/shards.hpp"

using namespace tributary;
using namespace tributary::test;

TEST_CASE("parameter distance damps by the distance of the center since the worker's reply") {
  const ParameterDistance rule{.period = 4, .gamma = 0.25};
  const Vector<double> start{{1, 1}};
  auto worker = rule.make_worker_half(start, 2);
  auto half = rule.make_center_half(start, 2);
  Vector<double> center = start, parameters = start + Vector<double>{{8, 8}}, commit(2), reply(2);

  worker.prepare(parameters, commit);
  CHECK(commit == Vector<double>{{2, 2}});                             // Δ/τ
  half.merge(center, Vector<double>{{0.5, 1}}, {.worker = 1}, reply);  // from its old position
  CHECK(center == Vector<double>{{1.5, 2}});
  half.merge(center, commit, {.worker = 0}, reply);  // moved by 0.5 and by 1
  CHECK(center == Vector<double>{{1.5 + 2.0 / (1 + 1), 2 + 2.0 / (4 + 1)}});
  worker.adopt(parameters, commit, reply);
  CHECK(parameters == center);
  half.merge(center, commit, {.worker = 0}, reply);  // no merge in between: undamped
  CHECK(center == Vector<double>{{2.5 + 2, 2.4 + 2}});
}

TEST_CASE("parameter distance is ADAG for a single worker, and for a large gamma") {
  const auto fit = [](const auto& rule) {
    return Trainer{LinearModel<double>{}, InProcess{}, rule, Nesterov{.learning_rate = 0.05}}
        .train(line<double>(300), {.epochs = 2, .batch_size = 8, .seed = Seed{42}})
        .parameters();
  };
  for (const int overlap : {0, 1, 3}) {
    CHECK(fit(ParameterDistance{.period = 3, .overlap = overlap, .gamma = 1e-12}) ==
          fit(Adag{.period = 3, .overlap = overlap}));
  }

  const Vector<double> start{{1, -2, 3}};
  const auto after = [&](const auto& rule) {
    auto half = rule.make_center_half(start, 2);
    Vector<double> center = start, reply(3);
    for (const int worker : {0, 1, 1, 0}) {
      half.merge(center, Vector<double>{{1, 2, -3}}, {.worker = worker}, reply);
    }
    return center;
  };
  CHECK((after(ParameterDistance{.gamma = 1e18}) - after(Adag{})).norm() < 1e-14);
  CHECK((after(ParameterDistance{.gamma = 1}) - after(Adag{})).norm() > 1);
}

TEST_CASE("parameter distance by shards is parameter distance on the whole") {
  merges_shards_as_the_whole(ParameterDistance{.gamma = 2}, Sgd{});
}

TEST_CASE("parameter distance names the setting that is out of range") {
  const auto refuses = [](const ParameterDistance& rule, const char* message) {
    CHECK_THROWS_WITH_AS(rule.validate(2), message, std::invalid_argument);
  };
  refuses({.period = one_epoch}, "ParameterDistance::period = 0, must be at least 1");
  refuses({.overlap = 6}, "ParameterDistance::overlap = 6, must be in [0, period]");
  refuses({.gamma = 0}, "ParameterDistance::gamma = 0, must be positive");
  CHECK_NOTHROW(ParameterDistance{}.validate(2));
}
