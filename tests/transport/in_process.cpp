// Threads that merge into one center, at the same time and in many stripes.
#include <tributary/transport/in_process.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <tributary/observe/history.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/transport/simulated.hpp>
#include <vector>

#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
constexpr Index parameters = 5003;  // ten stripes

/// The gradient is -1 everywhere, so that with a rate of 1 a worker counts its steps.
struct Counting {
  using Scalar = double;
  using Batch = Vector<double>;
  Index parameter_count() const { return parameters; }
  void initialize(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double>, const Batch&, View<double> gradient) const {
    gradient.setConstant(-1);
    return 0;
  }
};
/// Throws at one row, which is one worker's.
struct FailsOnce : NoisyQuadratic {
  Loss loss_and_gradient(ConstView<double> x, const Batch& xi, View<double> gradient) const {
    if (xi[0] == 0) throw std::runtime_error{"event store lost"};
    return NoisyQuadratic::loss_and_gradient(x, xi, gradient);
  }
};
struct OneZero : Noise {
  void gather(std::span<const std::size_t> chosen, Batch& out) const {
    Noise::gather(chosen, out);
    if (chosen[0] == 77) out.setZero();
  }
};
}  // namespace

TEST_CASE("a round gives the same bits for any assignment of stripes to threads") {
  const auto check = [](const auto& rule, const auto&... optimizer) {
    const auto fit = [&](const auto& transport) {
      return Trainer{NoisyQuadratic{.count = parameters, .sigma = 0.3}, transport, rule,
                     optimizer...}
          .train(Noise{.rows = 64, .count = parameters}, {.batch_size = 1, .seed = Seed{4}})
          .parameters();
    };
    for (const int workers : {1, 2, 3, 16}) {  // 16: more than cores
      CAPTURE(workers);
      CAPTURE(rule.overlap);
      CHECK(fit(InProcess{.workers = workers}) == fit(Simulated{.workers = workers}));
    }
  };
  for (const int overlap : {0, 1, 2}) {
    check(Averaging{.period = 2, .overlap = overlap}, Sgd{});
    check(SynchronousEasgd{.period = 2, .overlap = overlap}, Sgd{});
    check(SynchronousSgd{.period = 2, .overlap = overlap}, Adam{});
    check(DiLoCo{.period = 2, .overlap = overlap}, Sgd{});
  }
}

TEST_CASE("no step is lost, and observers read a center that is not being written") {
  struct Reader {
    std::uint64_t version = 0;
    double least = 0;
    void on(const Merged<double>& m) {
      CHECK(m.version == ++version);
      CHECK(m.center.minCoeff() >= least);
      least = m.center.minCoeff();
    }
  };
  const auto check = [](const auto& rule) {
    for (const int workers : {2, 5}) {
      const Trainer trainer{Counting{}, InProcess{.workers = workers}, rule,
                            Sgd{.learning_rate = 1}};
      const std::size_t rows = 120 * static_cast<std::size_t>(workers);
      const Vector<double> all = Vector<double>::Constant(parameters, static_cast<double>(rows));
      Reader reader;
      CHECK(trainer.train(Noise{.rows = rows}, {.batch_size = 1}, reader).parameters() == all);
      CHECK(reader.least == static_cast<double>(rows));
      CHECK(trainer.train(Noise{.rows = rows}, {.batch_size = 1}).parameters() == all);
    }
  };
  check(Downpour{.period = 2, .overlap = 1});
  check(Downpour{.period = 1});
  check(Ssp{.bound = 1});
  check(Ssp{.overlap = 1, .bound = 0});
}

TEST_CASE("a failed worker leaves no other worker waiting") {
  const auto check = [](const auto& rule, const auto&... optimizer) {
    for (const int workers : {2, 8}) {
      const Trainer trainer{FailsOnce{{.count = parameters}}, InProcess{.workers = workers}, rule,
                            optimizer...};
      const OneZero data{{.rows = 160, .count = parameters}};
      CHECK_THROWS_WITH(trainer.train(data, {.epochs = 3, .batch_size = 1}), "event store lost");
    }
  };
  check(Averaging{}, Sgd{});
  check(Averaging{.period = 2, .overlap = 2}, Sgd{});
  check(SynchronousSgd{}, Sgd{});
  check(Ssp{.bound = 0}, Sgd{});
  check(Ssp{.bound = 1}, Sgd{});
  check(Easgd{}, Sgd{});
}

TEST_CASE("a pinned run gives the same bits") {
  const auto fit = [](bool pin) {
    return Trainer{NoisyQuadratic{.count = parameters}, InProcess{.workers = 3, .pin = pin},
                   Averaging{}, Sgd{}}
        .train(Noise{.rows = 90, .count = parameters}, {.batch_size = 1})
        .parameters();
  };
  CHECK(fit(true) == fit(false));
}

#if defined(__SSE__) || defined(__aarch64__)
TEST_CASE("workers flush denormals under every transport, and the caller does not") {
  struct Denormal : Counting {
    Loss loss_and_gradient(ConstView<double> x, const Batch& batch, View<double> gradient) const {
      const volatile double least = std::numeric_limits<double>::min();
      return Counting::loss_and_gradient(x, batch, gradient) + (least * 0.5 == 0 ? 1 : 0);
    }
  };
  const auto loss = [](const auto& transport) {
    History history;
    Trainer{Denormal{}, transport, Averaging{}, Sgd{}}.train(Noise{.rows = 2}, {}, history);
    return history.rows.back().loss;
  };
  CHECK(loss(InProcess{.workers = 2}) == 1);
  CHECK(loss(Simulated{.workers = 2}) == 1);
  const volatile double least = std::numeric_limits<double>::min();
  CHECK(least * 0.5 > 0);
}
#endif
