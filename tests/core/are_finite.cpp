#include <tributary/core/are_finite.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace tributary;

TEST_CASE_TEMPLATE(
    "one number that is not finite is found at every position, by every instruction set", S, float,
    double) {
  using Limits = std::numeric_limits<S>;
  int wrong = 0;
  for (const Simd set : {Simd::portable, Simd::avx2, Simd::avx512}) {
    if (set > simd()) continue;
    const auto finite = [&](const Vector<S>& x) {
      return detail::with_kernels(
          set, [&](auto kernels) { return kernels.template are_finite<S>(x.size(), x.data()); });
    };
    for (Index size = 0; size < 70; ++size) {
      Vector<S> x(size);
      for (Index i = 0; i < size; ++i)
        x[i] = i % 3 == 0 ? Limits::max() : i % 3 == 1 ? -Limits::max() : Limits::denorm_min();
      wrong += !finite(x);
      for (Index i = 0; i < size; ++i) {
        const S before = x[i];
        for (const S bad : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                            -Limits::quiet_NaN(), Limits::signaling_NaN()}) {
          x[i] = bad;
          wrong += finite(x);
        }
        x[i] = before;
      }
    }
  }
  CHECK(wrong == 0);
}
