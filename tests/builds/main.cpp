// One program of units compiled for different CPUs, and with different alignments of Eigen's: each
// serves its own predictors, to the same bits.

#include <array>
#include <cstdio>
#include <span>
#include <tributary/core/simd.hpp>

void serve_v2(std::span<float> scores);
void serve_v3(std::span<float> scores);

int main() {
  if (tributary::simd() == tributary::Simd::portable) return 0;  // no CPU of x86-64-v3
  std::array<float, 60> old_scores{}, new_scores{};
  for (int turn = 0; turn < 2; ++turn) {
    serve_v2(old_scores);
    serve_v3(new_scores);
  }
  std::printf("%g and %g\n", static_cast<double>(old_scores[0]),
              static_cast<double>(new_scores[0]));
  return old_scores == new_scores && old_scores[0] > 0 ? 0 : 1;
}
