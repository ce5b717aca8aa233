// Events through a trained net on one core: one at a time, as in a trigger, and many. W1's net,
// whose weights do not fit into the L2 cache of most CPUs, is compared with reading them; because
// of the zeros of a ReLU it need not read all. A small net of jets is compared with its
// multiply-adds.

#include <unistd.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <tributary/inference/json.hpp>
#include <tributary/tributary.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "contest.hpp"

using namespace tributary;

namespace {

/// Calls of body a second, in the median of rounds so short that other programs disturb few of them.
/// So many calls for one look at the clock, which itself takes a while.
template <class Body>
double median_calls_per_second(int calls, const Body& body) {
  const auto some_calls = [&] {
    for (int call = 0; call < calls; ++call) body();
  };
  std::array<double, 101> rates{};
  for (double& rate : rates) rate = calls * calls_per_second(some_calls, 0.001);
  std::nth_element(rates.begin(), rates.begin() + 50, rates.end());
  return rates[50];
}

/// A net before training: half of a ReLU's outputs are 0.
template <class Net>
struct Untrained {
  Net model;
  Vector<float> values{model.parameter_count()};

  explicit Untrained(const Net& net) : model{net} {
    Rng rng = Seed{1}.rng();
    net.initialize(values, rng);
  }
  const Vector<float>& parameters() const { return values; }
};

std::vector<float> noise(Index size) {
  std::vector<float> numbers;
  Rng rng = Seed{2}.rng();
  while (std::ssize(numbers) < size) numbers.push_back(static_cast<float>(normal(rng)));
  return numbers;
}

struct Task {
  std::string name;
  Index events;
  Cost cost_of_event;
};

/// `predict` takes the features and scores of the task's events, and of a single one another time.
template <class Predict>
Contestant contestant(const Task& task, const std::string& name, Index inputs, Index outputs,
                      Predict predict) {
  const auto rate = [=, events = task.events] {
    constexpr Index variety = 1024;  // of events, so that no CPU learns the branches of one
    const std::vector<float> features = noise(inputs * variety);
    std::vector<float> scores(static_cast<std::size_t>(outputs * events));
    Index first = 0;
    return static_cast<double>(events) * median_calls_per_second(events == 1 ? 64 : 1, [&] {
             predict(std::span{features}.subspan(static_cast<std::size_t>(first * inputs),
                                                 static_cast<std::size_t>(events * inputs)),
                     std::span{scores});
             first = (first + events) % variety;
             asm volatile("" : : "r"(scores.data()) : "memory");  // wants them
           });
  };
  return {"inference", task.name, name + BENCHMARK_VARIANT, "events", rate, task.cost_of_event};
}

template <Summation Order = Summation::fast, Weights Format = Weights::exact, class Net>
Contestant own(const Task& task, const std::string& name, const Net& net) {
  using P = Predictor<Net, Order, Format>;
  const auto predictor = std::make_shared<const P>(Untrained<Net>{net});
  return contestant(task, name, P::inputs(), P::outputs(),
                    [predictor, one = task.events == 1](auto features, auto scores) {
                      if (one) {
                        predictor->predict(features, scores);
                      } else {
                        predictor->predict_batch(features, scores);
                      }
                    });
}

/// A handwritten net: Eigen's matrices of fixed sizes, ReLU between them, and a softmax.
template <int...>
struct ByHand {
  template <class Y>
  Y operator()(Y y) const {
    for (auto column : y.colwise()) {
      column = (column.array() - column.maxCoeff()).exp();
      column /= column.sum();
    }
    return y;
  }
};

template <int In, int Out, int... Rest>
struct ByHand<In, Out, Rest...> {
  AlignedVector<float> weights, biases;
  ByHand<Out, Rest...> next = {};

  ByHand() {
    for (const float x : noise(Index{In} * Out)) weights.push_back(x / std::sqrt(float{In}));
    for (const float x : noise(Out)) biases.push_back(x);
  }
  template <class X>
  auto operator()(const X& x) const {
    using Y = Eigen::Matrix<float, Out, X::ColsAtCompileTime>;
    const Eigen::Map<const Eigen::Matrix<float, Out, In>, Eigen::Aligned64> w{weights.data()};
    const Eigen::Map<const Eigen::Vector<float, Out>, Eigen::Aligned64> b{biases.data()};
    Y y = w * x;
    y.colwise() += b;
    if constexpr (sizeof...(Rest) > 0) y = y.cwiseMax(0);
    return next(y);
  }
};
template <int... Widths>
Contestant by_hand(const Task& task) {
  constexpr std::array<int, sizeof...(Widths)> widths{Widths...};
  const auto net = std::make_shared<const ByHand<Widths...>>();
  const bool one = task.events == 1;
  return contestant(task, "Eigen", widths.front(), widths.back(), [=](auto features, auto scores) {
    const auto answer = [&](auto columns) {
      constexpr int cols = columns();
      const Index events = std::ssize(scores) / widths.back();
      using X = Eigen::Matrix<float, widths.front(), cols>;
      using Y = Eigen::Matrix<float, widths.back(), cols>;
      const Eigen::Map<const X> x{features.data(), widths.front(), events};
      Eigen::Map<Y>{scores.data(), widths.back(), events} = (*net)(x);
    };
    if (one) {
      answer(std::integral_constant<int, 1>{});
    } else {
      answer(std::integral_constant<int, Eigen::Dynamic>{});
    }
  });
}

/// As the model itself predicts, which is made for training.
template <class Net>
Contestant sequential_alone(const Task& task, const Net& net) {
  const auto untrained = std::make_shared<const Untrained<Net>>(net);
  return contestant(
      task, "Sequential", Net::inputs(), Net::outputs(), [=](auto features, auto scores) {
        const Vector<float>& p = untrained->values;
        const std::span parameters{p.data(), static_cast<std::size_t>(p.size())};
        const Index events = std::ssize(scores) / Net::outputs();
        if (events == 1) {
          static_cast<void>(untrained->model.predict(parameters, features, scores));
        } else {
          const Eigen::Map<const Matrix<float>> x{features.data(), Net::inputs(), events};
          const Matrix<float> y = untrained->model.predict(p, x);
          std::copy_n(y.data(), y.size(), scores.data());
        }
      });
}

/// From a file to a predictor, with all its checks and self-tests.
template <class Net>
Contestant loading(const std::string& task, const Net& net) {
  return {"inference", task, "load_model" BENCHMARK_VARIANT, "loads", [=] {
            const auto file = std::filesystem::temp_directory_path() /
                              ("tributary_benchmark_" + std::to_string(::getpid()) + ".json");
            save_model(file, SavedModel<Net>{net, Untrained<Net>{net}.values});
            const double rate = calls_per_second(
                [&] {
                  const Predictor<Net> predictor{load_model<Net>(file, net)};
                  asm volatile("" : : "r"(&predictor) : "memory");
                },
                0.2);
            std::filesystem::remove(file);
            return rate;
          }};
}

}  // namespace

int main(int argc, char** argv) {
  // With a leaky ReLU nothing is 0, and all weights have to be read.
  const Sequential large{Dense<30, 500>{}, Relu{},          Dropout{.rate = 0.4}, Dense<500, 500>{},
                         Relu{},           Dense<500, 2>{}, SoftmaxCrossEntropy{}};
  const Sequential leaky{Dense<30, 500>{}, LeakyRelu{},     Dropout{.rate = 0.4}, Dense<500, 500>{},
                         LeakyRelu{},      Dense<500, 2>{}, SoftmaxCrossEntropy{}};
  const Sequential jets{Dense<16, 64>{}, Relu{}, Dense<64, 32>{}, Relu{},
                        Dense<32, 32>{}, Relu{}, Dense<32, 5>{},  SoftmaxCrossEntropy{}};
  constexpr double large_weights = 30 * 500 + 500 * 500 + 500 * 2;
  constexpr double jet_weights = 16 * 64 + 64 * 32 + 32 * 32 + 32 * 5;

  std::vector<Contestant> contestants;
  for (const Index events : {1, 64, 1024}) {
    const std::string batch = ", " + std::to_string(events) + (events > 1 ? " events" : " event");
    const Cost reading{large_weights * 4e-9, "GB",
                       [] { return read_gigabytes(static_cast<std::size_t>(large_weights) * 4); }};
    const Task task{"30-500-500-2" + batch, events,
                    events == 1 ? reading : gigaflop(2e-9 * large_weights)};
    contestants.push_back(own(task, "Predictor", large));
    contestants.push_back(own(task, "Predictor, no zeros", leaky));
    contestants.push_back(own<Summation::fixed>(task, "Predictor, fixed sums", large));
    contestants.push_back(
        own<Summation::fast, Weights::bfloat16>(task, "Predictor, bfloat16", large));
    contestants.push_back(sequential_alone(task, large));
    contestants.push_back(by_hand<30, 500, 500, 2>(task));

    const Task small{"16-64-32-32-5" + batch, events, gigaflop(2e-9 * jet_weights)};
    contestants.push_back(own(small, "Predictor", jets));
    contestants.push_back(own<Summation::fixed>(small, "Predictor, fixed sums", jets));
    contestants.push_back(sequential_alone(small, jets));
    contestants.push_back(by_hand<16, 64, 32, 32, 5>(small));
  }
  contestants.push_back(loading("30-500-500-2, from its file", large));
  return contest(argc, argv, contestants);
}
