// A unit that makes a predictor and asks it, for each way to compile: of ten events, all at once and
// one by one. It has no vectors of Eigen's, which would have to be aligned alike everywhere.

#include <cmath>
#include <cstddef>
#include <span>
#include <tributary/inference/predictor.hpp>
#include <vector>

using namespace tributary;

void SERVE(std::span<float> scores);

namespace {
using Net =
    Sequential<float, Dense<12, 70>, Relu, Dense<70, 70>, Tanh, Dense<70, 3>, SoftmaxCrossEntropy>;
struct Trained {
  Net model{{}, {}, {}, {}, {}, {}};
  std::vector<float> values = [] {
    std::vector<float> sines;
    for (Index i = 0; i < Net::parameter_count(); ++i)
      sines.push_back(std::sin(static_cast<float>(i)) / 8);
    return sines;
  }();
  const std::vector<float>& parameters() const { return values; }
};
}  // namespace

void SERVE(std::span<float> scores) {
  const Predictor<Net, Summation::fixed> predictor{Trained{}};
  std::vector<float> features;
  for (int i = 0; i < 120; ++i) features.push_back(std::cos(static_cast<float>(i)));
  predictor.predict_batch(features, scores.first(30));
  for (std::size_t i = 0; i < 10; ++i)
    predictor.predict(std::span{features}.subspan(12 * i, 12), scores.subspan(30 + 3 * i, 3));
}
