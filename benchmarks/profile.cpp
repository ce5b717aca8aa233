// The profile of a step of W1 at batch 32: each part of the net by itself, as the step calls it,
// against the machine's limit.

#include <numeric>
#include <span>
#include <string>
#include <tributary/core/aligned_vector.hpp>
#include <vector>

#include "contest.hpp"
#include "w1.hpp"

using namespace tributary;

namespace {

constexpr Index events = 32;
constexpr Index stride = 528;  ///< For 500 values in a net.

/// Inputs and outputs of a part, as in a net.
struct Blocks {
  AlignedVector<float> numbers = AlignedVector<float>(4 * stride * events, 0.5f);

  Block<float> operator()(int which, Index width) {
    return {numbers.data() + which * stride * events, width, events, Eigen::OuterStride<>{stride}};
  }
};

Contestant item(const std::string& task, auto work, Cost cost) {
  return {"a step of W1",
          task,
          "Tributary",
          "calls",
          [work]() mutable { return calls_per_second(work, 0.03); },
          std::move(cost)};
}

/// Reads and writes this number of floats in the L2 cache, or in memory beyond it.
Cost floats(double read, double written, std::size_t footprint) {
  return {4e-9 * (read + written), "GB", [=] {
            const double seconds = (read - written) / read_gigabytes(footprint) +
                                   2 * written / rewrite_gigabytes(footprint);
            return (read + written) / seconds;
          }};
}

/// One layer's three products.
template <int In, int Out>
void add_dense(std::vector<Contestant>& all) {
  const std::string name = std::to_string(In) + " to " + std::to_string(Out);
  auto part = Dense<In, Out>{}.template make_part<float, In>();
  const AlignedVector<float> p(part.parameter_count, 0.5f);
  const Cost cost = gigaflop(2e-9 * In * Out * events);
  all.push_back(item(
      "forward " + name,
      [=, blocks = Blocks{}]() mutable {
        auto y = blocks(1, Out);
        part.forward(p.data(), blocks(0, In), y);
      },
      cost));
  all.push_back(item(
      "weight gradient " + name,
      [=, blocks = Blocks{}, dp = p]() mutable {
        part.gradient(p.data(), blocks(0, In), blocks(1, Out), dp.data());
      },
      cost));
  if constexpr (In > 30) {  // the gradients of the features are not needed
    all.push_back(item(
        "input gradient " + name,
        [=, blocks = Blocks{}]() mutable {
          auto dx = blocks(2, In);
          part.propagate(p.data(), blocks(0, In), blocks(3, Out), blocks(1, Out), dx);
        },
        cost));
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Contestant> all;
  const Events data = w1::noise(12'288);
  std::vector<std::size_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  all.push_back(item(
      "draw a batch",
      [batches = ShuffledBatches{data, rows, 384, Seed{1}}]() mutable { batches.next(); },
      floats(30 * events, 30 * events, 1 << 19)));
  add_dense<30, 500>(all);
  add_dense<500, 500>(all);
  add_dense<500, 2>(all);

  constexpr double block = 500 * events;
  const float* const none = nullptr;
  const ElementwisePart<Relu, 500> relu;
  all.push_back(item(
      "ReLU forward",
      [=, blocks = Blocks{}]() mutable {
        auto y = blocks(1, 500);
        relu.forward(none, blocks(0, 500), y);
      },
      floats(block, block, 1 << 19)));
  all.push_back(item(
      "ReLU backward",
      [=, blocks = Blocks{}]() mutable {
        auto dx = blocks(2, 500);
        relu.propagate(none, blocks(0, 500), blocks(1, 500), blocks(3, 500), dx);
      },
      floats(2 * block, block, 1 << 19)));
  const auto dropout = Dropout{.rate = 0.4}.make_part<float, 500>();
  all.push_back(item(
      "dropout forward",
      [=, part = dropout, blocks = Blocks{}]() mutable {
        auto y = blocks(1, 500);
        part.forward_training(none, blocks(0, 500), y);
      },
      floats(block, 2 * block, 1 << 19)));

  const Vector<float> ones = Vector<float>::Ones(w1::net().parameter_count());
  const auto size = static_cast<double>(ones.size());
  all.push_back(item(
      "Adagrad",
      [parameters = Vector<float>{ones}, gradient = Vector<float>{1e-3f * ones},
       stepper = w1::optimizer.make_stepper<float>(ones)]() mutable {
        stepper.apply(parameters, gradient);
      },
      floats(3 * size, 2 * size, 3 * sizeof(float) * static_cast<std::size_t>(size))));

  auto net = w1::net();
  EventBatch<float> batch;
  data.gather(std::span{rows}.first(events), batch);
  const Cost cost = gigaflop(w1::gigaflop_per_sample * events);
  all.push_back(item(
      "loss and gradient",
      [=, gradient = ones, parameters = Vector<float>{1e-3f * ones}]() mutable {
        net.loss_and_gradient(parameters, batch, gradient);
      },
      cost));
  all.push_back(item(
      "the whole step",
      [=, gradient = ones, parameters = Vector<float>{1e-3f * ones},
       stepper = w1::optimizer.make_stepper<float>(ones),
       batches = ShuffledBatches{data, rows, 384, Seed{1}}]() mutable {
        net.loss_and_gradient(parameters, batches.next(), gradient);
        stepper.apply(parameters, gradient);
      },
      cost));
  return contest(argc, argv, all);
}
