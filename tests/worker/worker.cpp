#include <tributary/worker/worker.hpp>

#include <doctest/doctest.h>

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// The rule as it is, but every commit is a copy.
template <class Rule>
struct Copying : Rule {
  template <class Half>
  struct Copies : Half {
    static constexpr bool commits_parameters = false;
  };
  template <Real S>
  auto make_worker_half(const Vector<S>& initial, int workers) const {
    const auto half = Rule::make_worker_half(initial, workers);
    return Copies<std::remove_const_t<decltype(half)>>{half};
  }
};

template <class Rule>
auto worker(const Rule& rule, const Vector<double>& start) {
  using Batches = ShuffledBatches<Noise>;
  static const Noise rows{.rows = 4};
  return Worker<NoisyQuadratic, Batches, Sgd, Rule>{
      {.rank = 0,
       .workers = 1,
       .model = {},
       .batches_of =
           [](const Lease&) {
             return Batches{rows, {0, 1, 2, 3}, 4, Seed{}};
           },
       .optimizer = Sgd{},
       .rule = rule,
       .period = static_cast<std::uint64_t>(rule.period),
       .lease = {0, 0, 4}},
      start};
}
}  // namespace

TEST_CASE("parameters that serve as the commit give the same bits as a copy of them") {
  const auto check = [](const auto& rule) {
    const auto fit = [](const auto& r) {
      return Trainer{NoisyQuadratic{.count = 50, .sigma = 0.3},
                     Simulated{.workers = 3, .step_time = ExponentialStep{}}, r, Sgd{}}
          .train(Noise{.rows = 300, .count = 50}, {.batch_size = 2})
          .parameters();
    };
    CHECK(fit(rule) == fit(Copying<std::remove_cvref_t<decltype(rule)>>{rule}));
  };
  for (const int overlap : {0, 1}) {
    check(Averaging{.period = 2, .overlap = overlap});
    check(Easgd{.period = 2, .overlap = overlap});
    check(SynchronousEasgd{.period = 2, .overlap = overlap});
  }
}

TEST_CASE("a commit is copied only if steps follow before its reply") {
  const Vector<double> start = Vector<double>::Ones(1);
  const auto moves_its_commit = [&](const auto& rule) {
    auto w = worker(rule, start);
    w.start(start, {});
    w.advance();
    const double committed = w.commit()[0];
    CHECK(w.run_ahead() == rule.overlap);
    CHECK(w.commit()[0] == committed);  // in flight it stays as it is
    const Vector<double> reply = Vector<double>::Zero(1);
    w.adopt(reply);
    return w.commit()[0] != committed;
  };
  CHECK(moves_its_commit(Averaging{.period = 2}));
  CHECK_FALSE(moves_its_commit(Averaging{.period = 2, .overlap = 1}));
  CHECK_FALSE(moves_its_commit(Copying<Averaging>{{.period = 2}}));
}
