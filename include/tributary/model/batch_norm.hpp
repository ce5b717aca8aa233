// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

template <Real S, Shape Inputs>
struct BatchNormPart;

/// y = γ (x − μ) / √(σ² + ε) + β for each channel of an image, or for each element of a vector. In
/// training, μ and σ² are the mean and variance of the batch; at prediction, those of all training
/// data. Both ignore weights. The variance is that of the population: the mean of (x − μ)², divided
/// by n. (PyTorch also trains with it, but predicts with the one divided by n − 1.) Ioffe, Szegedy,
/// ICML 2015, arXiv:1502.03167.
///
/// Parameters: γ, β, μ and σ². There is no moving average of μ and σ², as most rules cannot combine
/// those of several workers. Trainer::train sets μ and σ² once, at the end, from the data, see
/// calibrated(). Until then σ² is −1 and predictions are NaN rather than wrong.
///
/// Without an image, a batch of one event has no gradient. Trainer::train refuses settings with
/// such a batch before it starts; PyTorch refuses the batch itself. The batches of an epoch differ
/// by at most one event, so there is none with a batch_size of 3 or more and 4 events for each
/// worker.
/// event at most, so with a batch_size of 3 or more and 4 events for each worker there is none.
struct BatchNorm {
  double epsilon = 1e-3;

  template <Real S, Shape Inputs>
  BatchNormPart<S, Inputs> make_part() const {
    return {*this};
  }
  void validate() const {
    require(epsilon > 0 && epsilon < 1, "BatchNorm::epsilon", epsilon, "in (0, 1)");
  }
};

template <Real S, Shape Inputs>
struct BatchNormPart {
  static constexpr Shape outputs = Inputs;
  static constexpr Index channels = Inputs.channels;
  static constexpr Index parameter_count = 4 * channels;
  /// For a single value, x − μ is 0 for any x.
  static constexpr Index least_events = Inputs.height * Inputs.width > 1 ? 1 : 2;

  BatchNorm settings;
  // For the batch: μ, σ² and 1 / √(σ² + ε), and the gradients of γ and β.
  Vector<S> mean = {}, variance = {}, inverse = {}, factor_gradient = {}, offset_gradient = {};
  // Sums over the observed data.
  Vector<double> sum = Vector<double>::Zero(channels), square_sum = sum;
  double count = 0;

  void initialize(S* p, Rng&) const {
    std::fill_n(p, channels, S{1});
    std::fill_n(p + channels, channels, S{0});
    uncalibrate(p);
  }

  void forward(const S* p, const auto& x, auto& y) const {
    const auto sigma = (at(p + 3 * channels).array() + static_cast<S>(settings.epsilon)).sqrt();
    std::array<S, std::size_t{channels}> factor;
    at(factor.data()) = at(p).array() / sigma;
    for_pixels(x.cols(), [&](Index event, Index first) {
      pixel(y, event, first) =
          (pixel(x, event, first) - at(p + 2 * channels)).cwiseProduct(at(factor.data())) +
          at(p + channels);
    });
  }

  void forward_training(const S* p, const auto& x, auto& y) {
    const S share = 1 / pixels(x);
    mean.setZero(channels);
    for_pixels(x.cols(), [&](Index event, Index first) { mean += pixel(x, event, first); });
    mean *= share;
    variance.setZero(channels);
    for_pixels(x.cols(), [&](Index event, Index first) {
      variance += (pixel(x, event, first) - mean).cwiseAbs2();
    });
    variance *= share;
    inverse = (variance.array() + static_cast<S>(settings.epsilon)).rsqrt();
    for_pixels(x.cols(), [&](Index event, Index first) {
      pixel(y, event, first) = normalized(x, event, first).cwiseProduct(at(p)) + at(p + channels);
    });
  }

  /// The statistics have zero gradient.
  Loss gradient(const S*, const auto& x, const auto& dy, S* dp) {
    factor_gradient.setZero(channels);
    offset_gradient.setZero(channels);
    for_pixels(x.cols(), [&](Index event, Index first) {
      const auto derivative = pixel(dy, event, first);
      factor_gradient += normalized(x, event, first).cwiseProduct(derivative);
      offset_gradient += derivative;
    });
    at(dp) = factor_gradient;
    at(dp + channels) = offset_gradient;
    std::fill_n(dp + 2 * channels, 2 * channels, S{0});
    return 0;
  }

  /// dx = γ / √(σ² + ε) (dy − mean(dy) − x̂ mean(dy x̂)), x̂ = (x − μ) / √(σ² + ε).
  void propagate(const S* p, const auto& x, const auto&, const auto& dy, auto& dx) const {
    const S share = 1 / pixels(x);
    for_pixels(x.cols(), [&](Index event, Index first) {
      const auto of_mean =
          offset_gradient + normalized(x, event, first).cwiseProduct(factor_gradient);
      pixel(dx, event, first) =
          (pixel(dy, event, first) - share * of_mean).cwiseProduct(inverse).cwiseProduct(at(p));
    });
  }

  /// dx = γ / √(σ² + ε) dy, with the stored σ².
  void propagate_frozen(const S* p, const auto&, const auto&, const auto& dy, auto& dx) const {
    const auto sigma = (at(p + 3 * channels).array() + static_cast<S>(settings.epsilon)).sqrt();
    const Vector<S> factor = at(p).array() / sigma;
    for_pixels(dy.cols(), [&](Index event, Index first) {
      pixel(dx, event, first) = pixel(dy, event, first).cwiseProduct(factor);
    });
  }

  void observe(const S* p, const auto& x, auto& y) {
    forward_training(p, x, y);
    const auto pixel_count = static_cast<double>(pixels(x));
    const Vector<double> center = mean.template cast<double>();
    sum += pixel_count * center;
    square_sum += pixel_count * (variance.template cast<double>() + center.cwiseAbs2());
    count += pixel_count;
  }
  void calibrate(S* p) {
    at(p + 2 * channels) = (sum / count).template cast<S>();
    at(p + 3 * channels) =
        (square_sum / count - (sum / count).cwiseAbs2()).cwiseMax(0).template cast<S>();
    sum.setZero();
    square_sum.setZero();
    count = 0;
  }
  void uncalibrate(S* p) const {
    std::fill_n(p + 2 * channels, channels, S{0});
    std::fill_n(p + 3 * channels, channels, S{-1});
  }

 private:
  static S pixels(const auto& x) { return static_cast<S>(x.cols() * Inputs.height * Inputs.width); }
  static auto at(const S* values) { return Eigen::Map<const Vector<S>>{values, channels}; }
  static auto at(S* values) { return Eigen::Map<Vector<S>>{values, channels}; }
  static auto pixel(auto& block, Index event, Index first) {
    return at(block.col(event).data() + first);
  }
  auto normalized(const auto& x, Index event, Index first) const {
    return (pixel(x, event, first) - mean).cwiseProduct(inverse);
  }
  /// Calls f(event, index of the first element of a pixel).
  static void for_pixels(Index events, const auto& f) {
    for (Index event = 0; event < events; ++event) {
      for (Index first = 0; first < Inputs; first += channels) f(event, first);
    }
  }
};

}  // namespace tributary::inline v0_1
