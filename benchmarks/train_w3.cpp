// W3, a LeNet-like net of images of 28 × 28, trained with momentum by one worker and by two that
// average after every five steps.

#include <string>
#include <vector>

#include "contest.hpp"
#include "w1.hpp"

using namespace tributary;

namespace {

auto net() {
  return Sequential{Image<28, 28, 1>{}, Conv2D<32, 5>{}, Relu{},           MaxPool2D<2>{},
                    Conv2D<64, 5>{},    Relu{},          MaxPool2D<2>{},   Flatten{},
                    Dense<1024, 512>{}, Relu{},          Dense<512, 10>{}, SoftmaxCrossEntropy{}};
}

/// The operations of an image: the products of the four layers with weights, again for the
/// gradients of their weights, and again for those of their inputs, except for the first.
constexpr double gigaflop_per_image = [] {
  constexpr double first = 24 * 24 * 25 * 32, others = 8 * 8 * 25 * 32 * 64 + 1024 * 512 + 512 * 10;
  return 2e-9 * (2 * first + 3 * others);
}();

}  // namespace

int main(int argc, char** argv) {
  Events data{.features = Matrix<float>::Random(784, 2048)};
  for (int i = 0; i < 2048; ++i) data.labels.push_back(i % 10);
  std::vector<Contestant> contestants;
  const auto add = [&](const std::string& task, const std::string& name, int workers,
                       const auto& rule, int batch_size, const Cost& cost) {
    const auto rate = [&data, workers, rule, batch_size] {
      const RunReport report =
          Trainer{net(), InProcess{.workers = workers}, rule, Momentum{.learning_rate = 0.01}}
              .train(data, {.batch_size = batch_size})
              .report;
      return static_cast<double>(report.events) / report.seconds;
    };
    contestants.push_back({"W3", task + ", batch " + std::to_string(batch_size),
                           "Tributary's " + name, "images", rate, cost});
  };
  for (const int batch_size : {32, 128})
    add("one worker", "Trainer", 1, Independent{}, batch_size, gigaflop(gigaflop_per_image));
  add("two workers", "Independent", 2, Independent{.period = one_epoch}, 32, {});
  add("two workers", "Averaging, window 5", 2, Averaging{.period = 5}, 32, {});
  return contest(argc, argv, contestants);
}
