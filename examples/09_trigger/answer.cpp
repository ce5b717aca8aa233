// All that a trigger does for an event. It is compiled without exceptions and RTTI, and includes a
// small part of the library only.

#include "answer.hpp"

#include <algorithm>
#include <array>

int answer(const tributary::Predictor<Net>& predictor, std::span<const float> features) noexcept {
  std::array<float, tributary::Predictor<Net>::outputs()> scores;
  predictor.predict(features, scores);
  return static_cast<int>(std::ranges::max_element(scores) - scores.begin());
}
