#include <tributary/rule/adag.hpp>

#include <doctest/doctest.h>

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/problems.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
/// Every step is -1/8 at a learning rate of 1/8. The mean of any number of steps is the same.
struct Slope {
  using Scalar = double;
  using Batch = Vector<double>;

  Index parameter_count() const { return 1; }
  void initialize(View<double> x, Rng&) const { x.setZero(); }
  Loss loss_and_gradient(ConstView<double> x, const Batch&, View<double> gradient) const {
    gradient.setOnes();
    return x[0];
  }
};

template <class Rule>
double end(const Rule& rule, std::size_t steps, int workers = 1, int epochs = 1) {
  return Trainer{Slope{}, Simulated{.workers = workers}, rule, Sgd{.learning_rate = 0.125}}
      .train(Noise{.rows = steps * static_cast<std::size_t>(workers)},
             {.epochs = epochs, .batch_size = 1})
      .parameters()[0];
}

template <class Rule>
void divides_by_steps_taken(Rule rule) {
  rule.period = 1000;
  CHECK(end(rule, 20) == -0.125);  // one commit, of 20 steps
  rule.period = 8;
  CHECK(end(rule, 20) == -3 * 0.125);        // 8, 8, 4
  CHECK(end(rule, 10, 1, 2) == -3 * 0.125);  // windows continue over the end of an epoch
  rule.overlap = 3;
  CHECK(end(rule, 20) == -3 * 0.125);  // 5, 8, 7
}
}  // namespace

TEST_CASE("a commit of ADAG is divided by the steps in it, also in a short window") {
  divides_by_steps_taken(Adag{});
  CHECK(end(Adag{.period = 8}, 20, 4) == -4 * 3 * 0.125);
}

TEST_CASE("a commit of ParameterDistance is divided by the steps in it, also in a short window") {
  divides_by_steps_taken(ParameterDistance{});
}
