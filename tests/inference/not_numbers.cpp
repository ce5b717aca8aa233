// NaN and infinity in a net: if a score of the net is NaN, so is that of a Predictor. For an
// infinite feature other scores of the Predictor may be NaN, too.
#include <tributary/inference/predictor.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <tributary/core/finite.hpp>
#include <tributary/model/softmax.hpp>
#include <vector>

#include "inference/reference.hpp"

using namespace tributary;

namespace {

constexpr int width = 37;

/// Scores of `width` numbers, of which one is no finite one, are those of the net, by each
/// instruction set, of one event and of many.
template <class Net>
void check(const Net& net) {
  using S = typename Net::Scalar;
  const auto trained = reference::drawn(net);
  const std::vector<S> plain = reference::normals<S>(width, 3);
  const auto outputs = static_cast<std::size_t>(Net::outputs());
  constexpr S infinity = std::numeric_limits<S>::infinity();
  for (const S special : {std::numeric_limits<S>::quiet_NaN(), infinity, -infinity}) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{17}, std::size_t{width - 1}}) {
      std::vector<S> many;
      for (int event = 0; event < 3; ++event) {
        many.insert(many.end(), plain.begin(), plain.end());
        if (event == 1) many[width + place] = special;
      }
      const Matrix<S> expected =
          net.predict(trained.values, Matrix<S>{Eigen::Map<Matrix<S>>{many.data(), width, 3}});
      const auto same = [&](const std::vector<S>& scores) {
        for (std::size_t i = 0; i < scores.size(); ++i) {
          const S truth = expected.data()[i];
          if (is_nan(special)) CHECK(is_nan(scores[i]) == is_nan(truth));
          if (!is_finite(truth)) CHECK_FALSE(is_finite(scores[i]));
          if (is_finite(scores[i])) CHECK(std::abs(scores[i] - truth) < 1e-4);
        }
      };
      reference::for_each_simd([&](Simd instructions) {
        CAPTURE(instructions);
        CAPTURE(place);
        CAPTURE(special);
        const Predictor<Net> predictor{trained, instructions};
        std::vector<S> scores(3 * outputs);
        predictor.predict_batch(many, scores);
        same(scores);
        for (std::size_t event = 0; event < 3; ++event)
          predictor.predict(std::span{many}.subspan(event * width, width),
                            std::span{scores}.subspan(event * outputs, outputs));
        same(scores);
      });
    }
  }
}

/// By a function alone, and between dense layers.
template <class S>
void check_function(const auto& function) {
  check(sequential<S>(Image<1, width, 1>{}, function, MeanSquaredError{}));
  check(sequential<S>(Dense<width, 40>{}, function, Dense<40, 3>{}, MeanSquaredError{}));
}

}  // namespace

TEST_CASE_TEMPLATE("heads give NaN for NaN and infinity as those of the net do", S, float, double) {
  check(sequential<S>(Image<1, width, 1>{}, SoftmaxCrossEntropy{}));
  check(sequential<S>(Image<1, width, 1>{}, SigmoidCrossEntropy{}));
  check(sequential<S>(Dense<width, 2>{}, SoftmaxCrossEntropy{}));
  check(sequential<S>(Dense<width, 40>{}, Relu{}, Dense<40, 2>{}, SoftmaxCrossEntropy{}));
}

TEST_CASE("activations give NaN for NaN and infinity as those of the net do") {
  check_function<float>(Relu{});
  check_function<float>(LeakyRelu{});
  check_function<float>(Elu{});
  check_function<float>(Tanh{});
  check_function<float>(Sigmoid{});
  check_function<float>(HardSigmoid{});
  check_function<float>(Swish{});
  check_function<float>(Softplus{});
  check(sequential<double>(Dense<width, 40>{}, Softmax{}, Dense<40, 3>{}, MeanSquaredError{}));
  check(sequential<float>(Dense<width, 3>{}, Softmax{}, Dense<3, 3>{}, SoftmaxCrossEntropy{}));
}

TEST_CASE("pools with NaN anywhere in their window are NaN") {
  const auto net = sequential<float>(Image<2, 2, 1>{}, MaxPool2D<2, 2>{}, MeanSquaredError{});
  using Net = std::remove_const_t<decltype(net)>;
  for (std::size_t place = 0; place < 4; ++place) {
    std::vector<float> image{3, 1, 4, 2}, score{0};
    image[place] = std::numeric_limits<float>::quiet_NaN();
    reference::for_each_simd([&](Simd instructions) {
      Predictor<Net>{reference::Trained<Net>{net, {}}, instructions}.predict(image, score);
      CHECK(is_nan(score[0]));
    });
  }
}

TEST_CASE("a normalized batch keeps its NaN in place") {
  check(sequential<float>(Image<1, width, 1>{}, BatchNorm{}, SoftmaxCrossEntropy{}));
}
