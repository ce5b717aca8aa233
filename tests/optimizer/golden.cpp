// Against PyTorch, see golden/make.py.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <tributary/optimizer/adadelta.hpp>
#include <tributary/optimizer/adagrad.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/optimizer/adamax.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/nadam.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/rms_prop.hpp>
#include <tributary/optimizer/sgd.hpp>

#include "golden/numbers.hpp"

using namespace tributary;

namespace {

template <class S, class O>
void check(const O& optimizer, const std::array<double, 12>& expected, double precision) {
  Vector<S> x{{S(0.5), S(-1), S(2), S(0)}}, g(4);
  auto stepper = optimizer.make_stepper(x);
  std::size_t place = 0;
  for (int step = 1; step <= 12; ++step) {
    for (Index k = 0; k < 4; ++k)
      g[k] = static_cast<S>(golden::wave(4 * step + static_cast<double>(k)) *
                            std::pow(10.0, static_cast<double>(k) - 2));
    stepper.apply(x, g);
    if (step != 1 && step != 5 && step != 12) continue;
    for (const S found : x) {
      CAPTURE(place);
      CHECK(std::abs(static_cast<double>(found) - expected[place++]) <= precision);
    }
  }
}
void check(const auto& optimizer, const std::array<double, 12>& expected) {
  check<double>(optimizer, expected, 1e-11);
  check<float>(optimizer, expected, 3e-6);
}

}  // namespace

TEST_CASE("optimizers step as PyTorch's do") {
  const double tiny = 1e-15;
  check(Sgd{.learning_rate = 0.1}, golden::sgd);
  check(Momentum{.learning_rate = 0.02, .momentum = 0.8}, golden::momentum);
  check(Nesterov{.learning_rate = 0.02, .momentum = 0.7}, golden::nesterov);
  check(Adagrad{.learning_rate = 0.05, .initial_accumulator = 0.3, .epsilon = tiny * tiny},
        golden::adagrad);
  check(RmsProp{.learning_rate = 0.01, .rho = 0.8, .epsilon = tiny * tiny}, golden::rms_prop);
  check(RmsProp{.learning_rate = 0.01, .rho = 0.01, .epsilon = tiny * tiny},
        golden::rms_prop_at_once);
  check(Adadelta{.learning_rate = 0.5, .rho = 0.9, .epsilon = 1e-6}, golden::adadelta);
  check(Adam{.learning_rate = 0.01, .epsilon = tiny}, golden::adam);
  check(Adam{.learning_rate = 0.01, .beta_1 = 0.3, .beta_2 = 0.2, .epsilon = tiny},
        golden::adam_short);
  check(AdamW{.learning_rate = 0.01,
              .beta_1 = 0.8,
              .beta_2 = 0.99,
              .epsilon = tiny,
              .weight_decay = 0.1},
        golden::adam_w);
  check(Adamax{.learning_rate = 0.02, .beta_1 = 0.8, .beta_2 = 0.9, .epsilon = tiny},
        golden::adamax);
  check(Nadam{.learning_rate = 0.01, .beta_1 = 0.8, .beta_2 = 0.99, .epsilon = tiny},
        golden::nadam);
}
