// A unit of the hot path: it asks predictors that others made. Compiled without exceptions and RTTI,
// and for several CPUs, of which no two may share a function.

#include <tributary/inference/predictor_class.hpp>

using namespace tributary;

using Net = Sequential<float, Dense<12, 500>, Relu, Dense<500, 70>, Tanh, Dense<70, 3>,
                       SoftmaxCrossEntropy>;
using Images = Sequential<double, Image<8, 9, 1>, Conv2D<4, 3, 1, Padding::same>, BatchNorm, Relu,
                          MaxPool2D<2>, Flatten, Dense<64, 1>, SigmoidCrossEntropy>;

bool ask(const Predictor<Net>& predictor, std::span<const float> features, std::span<float> scores);
bool ask(const Predictor<Images, Summation::fixed>& predictor, std::span<const double> features,
         std::span<double> scores);

bool ask(const Predictor<Net>& predictor, std::span<const float> features,
         std::span<float> scores) {
  Predictor<Net>::Scratch scratch;
  predictor.predict(features, scores, scratch);
  predictor.predict_batch(features, scores);
  return static_cast<bool>(predictor.checked_predict(features, scores));
}
bool ask(const Predictor<Images, Summation::fixed>& predictor, std::span<const double> features,
         std::span<double> scores) {
  predictor.predict(features, scores);
  return static_cast<bool>(predictor.checked_predict(features, scores));
}
