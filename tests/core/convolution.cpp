#include <tributary/core/kernels.hpp>

#include <doctest/doctest.h>

#include "support/draw.hpp"

using namespace tributary;
using detail::Window;
using test::draw;

namespace {
/// Weights of w(window number i, filter f) as panels of 32 filters.
Index place(Index inputs, Index filters, Index i, Index f) {
  const Index first = f / 32 * 32;
  return first * inputs + i * std::min<Index>(32, filters - first) + f - first;
}
/// Calls f(number before the place in y, number of it before i in x, i) for all i of all places.
template <class F>
void for_windows(const Window& window, const F& f) {
  for (Index row = 0; row < window.rows(); ++row)
    for (Index column = 0; column < window.columns(); ++column)
      for (Index i = 0; i < window.taps() * window.channels; ++i) {
        const Index pixel = i / window.channels;
        const Index y = row * window.stride + pixel / window.size;
        const Index x = column * window.stride + pixel % window.size;
        f(row * window.columns() + column,
          (y * window.width + x) * window.channels + i % window.channels, i);
      }
}
/// The error of a sum of this many products of numbers of size 1, which grows as in a random walk.
template <class S>
void check_near(const AlignedVector<S>& numbers, const std::vector<double>& reference,
                Index summands) {
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(numbers[i]) - reference[i]));
    largest = std::max(largest, std::abs(reference[i]));
  }
  REQUIRE(largest > 0);
  const double unit = static_cast<double>(std::numeric_limits<S>::epsilon());
  CHECK(worst <= std::sqrt(static_cast<double>(summands)) * unit * largest);
}

/// All three products against loops in double.
template <class S>
void check_convolution(Simd instructions, const Window& window, Index filters) {
  CAPTURE(static_cast<int>(instructions));
  CAPTURE(window.channels);
  CAPTURE(window.size);
  CAPTURE(filters);
  const auto size = [](Index count) { return static_cast<std::size_t>(count); };
  const Index inputs = window.taps() * window.channels;
  const Index places = window.rows() * window.columns();
  Rng rng = Seed{1}.rng();
  const auto x = draw<S>(window.image(), rng), dy = draw<S>(places * filters, rng),
             w = draw<S>(inputs * filters, rng), b = draw<S>(filters, rng),
             before = draw<S>(inputs * filters, rng);
  const auto as_double = [](S number) { return static_cast<double>(number); };

  std::vector<double> y(size(places * filters)), dx(size(window.image())),
      dw(size(inputs * filters)), db(size(filters));
  for (Index i = 0; i < places * filters; ++i) {
    y[size(i)] = as_double(b[size(i % filters)]);
    db[size(i % filters)] += as_double(dy[size(i)]);
  }
  for_windows(window, [&](Index to, Index from, Index i) {
    for (Index f = 0; f < filters; ++f) {
      const std::size_t weight = size(place(inputs, filters, i, f)), out = size(to * filters + f);
      y[out] += as_double(w[weight]) * as_double(x[size(from)]);
      dx[size(from)] += as_double(w[weight]) * as_double(dy[out]);
      dw[weight] += as_double(x[size(from)]) * as_double(dy[out]);
    }
  });

  AlignedVector<S> out(y.size()), of_x(dx.size(), 7), of_w(dw.size()), of_b(db.size()),
      transposed(dw.size() + 64 / sizeof(S)), sum = before, sum_b = b;
  detail::with_kernels(instructions, [&](auto kernels) {
    kernels.template convolution<S>(window, filters, w.data(), b.data(), x.data(), out.data());
    kernels.template convolution_weight_gradient<S>(window, filters, dy.data(), x.data(),
                                                    of_w.data(), of_b.data(), false);
    kernels.template convolution_weight_gradient<S>(window, filters, dy.data(), x.data(),
                                                    sum.data(), sum_b.data(), true);
    kernels.template transpose_weights<S>(window, filters, w.data(), transposed.data());
    kernels.template convolution_input_gradient<S>(window, filters, transposed.data(), dy.data(),
                                                   of_x.data());
  });
  check_near(out, y, inputs);
  check_near(of_x, dx, window.taps() * filters);
  check_near(of_w, dw, places);
  check_near(of_b, db, places);
  for (std::size_t i = 0; i < dw.size(); ++i) dw[i] += as_double(before[i]);
  for (std::size_t i = 0; i < db.size(); ++i) db[i] += as_double(b[i]);
  check_near(sum, dw, places);
  check_near(sum_b, db, places);
}
}  // namespace

TEST_CASE_TEMPLATE("products of a convolution agree with loops in double", S, float, double) {
  for (const Simd instructions : {Simd::portable, Simd::avx2, Simd::avx512}) {
    if (instructions > simd()) continue;
    // height, width, channels, size, stride; filters
    check_convolution<S>(instructions, {1, 1, 1, 1, 1}, 1);
    check_convolution<S>(instructions, {5, 4, 3, 1, 1}, 6);
    check_convolution<S>(instructions, {28, 28, 1, 5, 1}, 32);
    check_convolution<S>(instructions, {12, 12, 32, 5, 1}, 64);
    check_convolution<S>(instructions, {9, 12, 3, 3, 2}, 40);
    check_convolution<S>(instructions, {7, 7, 40, 3, 2}, 6);
    check_convolution<S>(instructions, {8, 11, 33, 2, 3}, 33);
    check_convolution<S>(instructions, {3, 3, 2, 3, 1}, 1);
  }
}

TEST_CASE_TEMPLATE("pools agree with loops", S, float, double) {
  for (const Simd instructions : {Simd::portable, Simd::avx2, Simd::avx512}) {
    if (instructions > simd()) continue;
    for (const Window& window : {Window{6, 6, 32, 2, 2}, Window{7, 9, 3, 2, 2},
                                 Window{9, 8, 17, 3, 2}, Window{5, 5, 1, 2, 3}}) {
      Rng rng = Seed{2}.rng();
      const auto size = static_cast<std::size_t>(window.image());
      const auto out = static_cast<std::size_t>(window.rows() * window.columns() * window.channels);
      AlignedVector<S> x(size), largest(out), mean(out), of_largest(size, 7), of_mean(size, 7),
          scratch(static_cast<std::size_t>(window.channels));
      for (S& number : x) number = static_cast<S>(std::floor(4 * uniform(rng)));  // many are equal
      auto dy = draw<S>(static_cast<Index>(out), rng);
      detail::with_kernels(instructions, [&](auto kernels) {
        kernels.template max_pool<S>(window, x.data(), largest.data());
        kernels.template max_pool_gradient<S>(window, x.data(), largest.data(), dy.data(),
                                              of_largest.data(), scratch.data());
        kernels.template average_pool<S>(window, x.data(), mean.data());
        kernels.template average_pool_gradient<S>(window, dy.data(), of_mean.data());
      });
      std::vector<double> most(out, -1), sum(out), slope(size), share(size);
      std::vector<std::size_t> first(out);
      const auto part = 1 / static_cast<double>(window.taps());
      for_windows(window, [&](Index to, Index from, Index i) {
        const auto at = static_cast<std::size_t>(to * window.channels + i % window.channels);
        const auto value = static_cast<double>(x[static_cast<std::size_t>(from)]);
        sum[at] += part * value;
        share[static_cast<std::size_t>(from)] += part * static_cast<double>(dy[at]);
        if (value <= most[at]) return;
        most[at] = value;
        first[at] = static_cast<std::size_t>(from);
      });
      for (std::size_t i = 0; i < out; ++i) slope[first[i]] += static_cast<double>(dy[i]);
      check_near(largest, most, window.taps());
      check_near(mean, sum, window.taps());
      check_near(of_largest, slope, window.taps());
      check_near(of_mean, share, window.taps());
    }
  }
}

TEST_CASE("the maximum of numbers with a NaN is NaN, at every position") {
  const Window window{2, 2, 1, 2, 2};
  for (std::size_t at = 0; at < 4; ++at) {
    AlignedVector<float> x(4, 1), y(1);
    x[at] = std::numeric_limits<float>::quiet_NaN();
    detail::with_kernels([&](auto kernels) { kernels.max_pool(window, x.data(), y.data()); });
    CHECK(std::isnan(y[0]));
  }
}
