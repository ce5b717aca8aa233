#include "activations.hpp"
#include "sigmoid.hpp"
#include "softmax.hpp"

bool second_source_passes_self_tests() noexcept;

bool second_source_passes_self_tests() noexcept {
  static_assert(noexcept(softmax::predict(nullptr, nullptr)));
  static_assert(softmax::feature_names[1][8] == '"' && softmax::class_names[2][1] == '\\');
  static_assert(softmax::class_names[4][4] == '\n' && softmax::provenance[0][0] == 's');
  return softmax::self_test() && activations::self_test() && sigmoid::self_test();
}
