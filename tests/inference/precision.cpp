// The guarantees of Summation and Weights.

#include <tributary/inference/predictor.hpp>

#include <doctest/doctest.h>

#include <pthread.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "inference/reference.hpp"

using namespace tributary;

namespace {

/// One event and a batch, by all instructions.
template <class S, class... Elements>
void check_bits(const Preprocessing& preprocessing, const Elements&... elements) {
  const auto trained = reference::drawn(sequential<S>(elements...));
  using P = Predictor<std::remove_const_t<decltype(trained.model)>, Summation::fixed>;
  const auto x = reference::normals<S>(40 * P::inputs(), 9, 3);
  std::vector<S> first;
  reference::for_each_simd([&](Simd instructions) {
    const P predictor{trained, preprocessing, instructions};
    std::vector<S> y(reference::at(41 * P::outputs()));
    const std::span<S> one = std::span{y}.first(reference::at(P::outputs()));
    predictor.predict(std::span{x}.first(reference::at(P::inputs())), one);
    predictor.predict_batch(x, std::span{y}.subspan(one.size()));
    if (first.empty()) first = y;
    const auto same_bits = [](S a, S b) {
      using Bits = std::conditional_t<std::same_as<S, float>, std::uint32_t, std::uint64_t>;
      return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
    };
    CHECK(std::equal(y.begin(), y.end(), first.begin(), same_bits));
  });
}

}  // namespace

TEST_CASE("fixed summation gives the same bits by all instructions") {
  check_bits<float>({}, Dense<6, 40>{}, Tanh{}, Dense<40, 300>{}, Relu{}, Dense<300, 90>{}, Elu{},
                    Dense<90, 17>{}, Swish{}, Dense<17, 5>{}, SoftmaxCrossEntropy{});
  check_bits<float>({}, Image<8, 9, 3>{}, Conv2D<7, 3>{}, BatchNorm{}, Relu{}, AveragePool2D<2>{},
                    Softplus{}, Flatten{}, Dense<63, 2>{}, SigmoidCrossEntropy{});
  for (const double mean : {0.3, 70.0}) {  // with the scaling in the first layer, and before it
    const StandardScaler scaler{std::vector(6, mean), std::vector(6, 1.7), {}};
    check_bits<double>(scaler, Dense<6, 40>{}, Softplus{}, Dense<40, 70>{}, Sigmoid{},
                       Dense<70, 2>{}, SoftmaxCrossEntropy{});
  }
}

TEST_CASE("a bias that absorbs a scaler's offset has the same bits with every compiler") {
  // −1 + w o with w = o = 1 + 2⁻³⁰, of which a product that is rounded by itself loses 2⁻⁶⁰.
  const double w = 1 + 0x1p-30;
  SavedModel saved{.net = sequential<double>(Dense<1, 1>{}, MeanSquaredError{}),
                   .parameters = Vector<double>{{w, -1}}};
  saved.preprocessing.offset = {w};
  saved.preprocessing.scale = {1};
  using Net = std::remove_const_t<decltype(saved.net)>;
  const Predictor<Net, Summation::fixed> predictor{saved};
  const std::array<double, 1> x{0};
  std::array<double, 1> y{};
  predictor.predict(x, y);
  CHECK(y[0] == 0x1p-29 + 0x1p-60);
}

TEST_CASE("many events at once fit on the stack of a small thread") {
  const auto trained = reference::drawn(Sequential{Dense<30, 500>{}, Relu{}, Dense<500, 500>{},
                                                   Relu{}, Dense<500, 2>{}, SoftmaxCrossEntropy{}});
  const Predictor predictor{trained};
  struct Task {
    const decltype(predictor)& of;
    std::vector<float> x = reference::normals<float>(100 * 30, 1), y = std::vector<float>(200);
  } task{predictor};
  pthread_attr_t small;
  pthread_attr_init(&small);
  REQUIRE(pthread_attr_setstacksize(&small, 128 << 10) == 0);
  pthread_t thread;
  const auto run = [](void* given) -> void* {
    auto& [of, x, y] = *static_cast<Task*>(given);
    of.predict_batch(x, y);
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &small, run, &task) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
  std::vector<float> expected(200);
  predictor.predict_batch(task.x, expected);
  CHECK(task.y == expected);
}

TEST_CASE("weights of bfloat16 are rounded to eight digits, and nothing else is") {
  const Sequential net{Dense<6, 40>{}, Relu{},          Dense<40, 300>{},
                       Relu{},         Dense<300, 3>{}, SoftmaxCrossEntropy{}};
  const auto trained = reference::drawn(net);
  auto rounded = trained;
  Index begin = 0;
  net.describe([&](const auto&, Shape in, Shape out, Index count) {
    const bool exact = out <= 8 && 8 * out <= in;  // a layer of few outputs
    for (float& p : rounded.values.segment(begin, exact ? 0 : std::max<Index>(count - out, 0))) {
      const auto bits = std::bit_cast<std::uint32_t>(p);
      p = std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
    }
    begin += count;
  });
  reference::for_each_simd([&](Simd instructions) {
    using Net = std::remove_const_t<decltype(net)>;
    const Predictor<Net, Summation::fast, Weights::bfloat16> predictor{trained, instructions};
    CHECK(reference::error(predictor, rounded) < 1e-6);
    CHECK(reference::error(predictor, trained) > 1e-5);
    const std::vector<float> x = reference::normals<float>(6 * 20, 5);
    std::vector<float> y(3 * 20), one(3);
    predictor.predict_batch(x, y);
    for (std::size_t i = 0; i < 20; ++i) {
      predictor.predict(std::span{x}.subspan(6 * i, 6), one);
      for (std::size_t k = 0; k < 3; ++k) CHECK(std::abs(one[k] - y[3 * i + k]) < 1e-6f);
    }
  });
}
