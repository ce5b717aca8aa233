#include <tributary/model/detail/tiled_convolution.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/draw.hpp"

using namespace tributary;
using detail::Window;
using test::draw;

namespace {
AlignedVector<double> as_double(const auto& numbers) { return {numbers.begin(), numbers.end()}; }

/// The largest error over the largest number.
double error(const auto& numbers, const AlignedVector<double>& reference) {
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(numbers[i]) - reference[i]));
    largest = std::max(largest, std::abs(reference[i]));
  }
  return worst / largest;
}

/// Three images by Winograd's filtering against the definition in double.
template <class S, Window W, Index Filters>
void check_tiled(Simd instructions) {
  using Tiled = detail::TiledConvolution<S, W, Filters>;
  static_assert(Tiled::pays);
  CAPTURE(static_cast<int>(instructions));
  CAPTURE(W.size);
  constexpr Index images = 3, image = W.image(), outputs = W.rows() * W.columns() * Filters,
                  weights = W.taps() * W.channels * Filters;
  const auto size = [](Index count) { return static_cast<std::size_t>(count); };
  Rng rng = Seed{1}.rng();
  const auto x = draw<S>(images * image, rng), dy = draw<S>(images * outputs, rng),
             w = draw<S>(weights, rng), b = draw<S>(Filters, rng);

  AlignedVector<double> y(size(images * outputs)), dx(size(images * image)), dw(size(weights)),
      db(size(Filters)), turned(size(weights + detail::panel));
  detail::with_kernels([&](auto kernels) {
    const auto x_ = as_double(x), dy_ = as_double(dy), w_ = as_double(w), b_ = as_double(b);
    kernels.template transpose_weights<double>(W, Filters, w_.data(), turned.data());
    for (Index i = 0; i < images; ++i) {
      kernels.template convolution<double>(W, Filters, w_.data(), b_.data(), &x_[size(i * image)],
                                           &y[size(i * outputs)]);
      kernels.template convolution_weight_gradient<double>(
          W, Filters, &dy_[size(i * outputs)], &x_[size(i * image)], dw.data(), db.data(), i > 0);
      kernels.template convolution_input_gradient<double>(
          W, Filters, turned.data(), &dy_[size(i * outputs)], &dx[size(i * image)]);
    }
  });

  AlignedVector<S> of_y(y.size()), of_x(dx.size()), of_w = w, of_b = b;
  Tiled tiled;
  tiled.instructions = instructions;
  const auto x_at = [&](Index i) { return &x[size(i * image)]; };
  const auto dy_at = [&](Index i) { return &dy[size(i * outputs)]; };
  // Twice: nothing may be left of the first time.
  for (int time = 0; time < 2; ++time) {
    tiled.forward(w.data(), b.data(), images, x_at,
                  [&](Index i) { return &of_y[size(i * outputs)]; });
    tiled.weight_gradient(images, x_at, dy_at, of_w.data(), of_b.data(), false);
    const AlignedVector<S> narrow(turned.begin(), turned.end());
    tiled.input_gradient(narrow.data(), images, dy_at,
                         [&](Index i, const auto& give) { give(&of_x[size(i * image)]); });
  }
  const double bound = 100 * static_cast<double>(std::numeric_limits<S>::epsilon());
  CHECK(error(of_y, y) < bound);
  CHECK(error(of_x, dx) < bound);
  CHECK(error(of_w, dw) < bound);
  CHECK(error(of_b, db) < bound);
  tiled.weight_gradient(images, x_at, dy_at, of_w.data(), of_b.data(), true);
  for (double& slope : dw) slope *= 2;
  for (double& slope : db) slope *= 2;
  CHECK(error(of_w, dw) < bound);
  CHECK(error(of_b, db) < bound);
}
}  // namespace

TEST_CASE("convolution by Winograd's filtering agrees with its definition") {
  for (const Simd instructions : {Simd::portable, Simd::avx2, Simd::avx512}) {
    if (instructions > simd()) continue;
    // height, width, channels, size, stride; filters
    check_tiled<float, Window{12, 12, 32, 5, 1}, 64>(instructions);
    check_tiled<float, Window{16, 9, 16, 3, 1}, 48>(instructions);  // tiles reach beyond the image
    check_tiled<double, Window{5, 11, 48, 4, 1}, 16>(instructions);
  }
}
