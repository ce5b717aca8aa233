// A program with the headers but without the library, in C++17, without exceptions. Run in the
// folder of the headers, it compares their scores with the written ones.
#include <fenv.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "activations.hpp"
#include "missing.hpp"
#include "scaled.hpp"
#include "sigmoid.hpp"
#include "softmax.hpp"

bool second_source_passes_self_tests() noexcept;

namespace {

bool failed = false;

void check(bool ok, const char* what) {
  if (ok) return;
  std::printf("failed: %s\n", what);
  failed = true;
}

/// Differences are counted in units of the last place of the largest score: one or two if both
/// programs fuse multiplications and additions, more if this one does not and sums cancel. The last
/// 50 events may be a thousand times as large, and so are their sums.
template <class S, class Predict>
void compare(const char* file, int features, int scores, Predict predict) {
  std::FILE* const in = std::fopen(file, "rb");
  if (!in) return check(false, file);
  std::vector<S> event(static_cast<std::size_t>(features + scores));
  std::vector<S> found(static_cast<std::size_t>(scores));
  S largest = 0, largest_far_out = 0, scale = 0;
  int events = 0;
  for (; std::fread(event.data(), sizeof(S), event.size(), in) == event.size(); ++events) {
    predict(event.data(), found.data());
    for (int i = 0; i < scores; ++i) {
      const S expected = event[static_cast<std::size_t>(features + i)];
      const S difference = std::abs(found[static_cast<std::size_t>(i)] - expected);
      check(difference < 1, "a score is a number");
      S& worst = events < 450 ? largest : largest_far_out;
      worst = std::max(worst, difference);
      scale = std::max(scale, std::abs(expected));
    }
  }
  std::fclose(in);
  const S unit = scale * std::numeric_limits<S>::epsilon();
  std::printf("%s: %d events, scores differ by up to %g units, those far out by %g\n", file, events,
              static_cast<double>(largest / unit), static_cast<double>(largest_far_out / unit));
  check(events == 500, "there are 500 events");
  check(largest <= 32 * unit && largest_far_out <= 1024 * unit, "scores differ by rounding");
}

}  // namespace

int main() {
#if defined(__GLIBC__) && !defined(__FAST_MATH__)  // under which compilers compute ahead
  feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
#endif
  compare<float>("softmax.events", softmax::feature_count, softmax::score_count, softmax::predict);
  compare<double>("activations.events", activations::feature_count, activations::score_count,
                  activations::predict);
  compare<float>("sigmoid.events", sigmoid::feature_count, sigmoid::score_count, sigmoid::predict);
  compare<float>("scaled.events", scaled::feature_count, scaled::score_count, scaled::predict);
  check(softmax::self_test() && activations::self_test() && sigmoid::self_test() &&
            scaled::self_test(),
        "self-tests");
  for (const auto self_test : good) check(self_test(), "self-test of a net of few inputs");
  for (const auto self_test : changed)
    check(!self_test(), "self-test fails where another number says what is missing");
  check(sizeof good / sizeof *good == 6, "nets of one, two and three inputs");
  check(second_source_passes_self_tests(), "self-tests of the second source");
#ifdef __GLIBC__
  fedisableexcept(FE_ALL_EXCEPT);
#endif
  // A missing feature without a default: NaN or the missing value, in a net without defaults and in
  // one with some.
  const auto scores_are_nan = [](const auto* scores, int count, auto magnitude, auto infinity) {
    for (int i = 0; i < count; ++i)
      check(magnitude(scores[i]) > infinity, "a feature without default gives no score");
  };
  double event[activations::feature_count] = {1, 2};
  std::memcpy(&event[2], &activations::not_a_number, sizeof event[2]);  // Clang loses quiet_NaN()
  double scores[activations::score_count];
  activations::predict(event, scores);
  scores_are_nan(scores, activations::score_count, activations::magnitude, activations::infinity);
  float many[softmax::feature_count] = {}, classes[softmax::score_count];
  softmax::predict(many, classes);
  check(softmax::magnitude(classes[0]) < softmax::infinity, "a whole event has scores");
  many[29] = -999;
  softmax::predict(many, classes);
  scores_are_nan(classes, softmax::score_count, softmax::magnitude, softmax::infinity);
  float three[scaled::feature_count] = {1, -999, 3}, score[1];
  scaled::predict(three, score);
  scores_are_nan(score, 1, scaled::magnitude, scaled::infinity);
  return failed;
}
