// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cassert>
#include <cfloat>
#include <cstddef>
#include <span>
#include <string>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/build.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/simd.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/inference/detail/forward.hpp>
#include <tributary/inference/detail/stages.hpp>
#include <tributary/model/declarations.hpp>
#include <vector>

// The complete class except its constructors, for files that use a Predictor made elsewhere.
// Nothing here throws, so such a file may be compiled with -fno-exceptions and -fno-rtti. To
// construct one, include predictor.hpp.

namespace tributary::inline v0_1 {

struct Preprocessing;

inline namespace TRIBUTARY_BUILD {

/// A trained net for fast scoring: constructed once, then const and shared by any threads. It needs
/// no allocation, exception or lock. predictor.hpp shows its constructors.
///
/// It includes the preprocessing, so events are passed as measured. A missing feature gets its
/// default. Without one, the net gets NaN, and its scores may be NaN; the checked functions report
/// this. Finite features raise no floating-point exceptions except inexact and underflow, unless a
/// sum overflows. NaN and infinity may raise others.
///
/// Summation::fixed costs speed and gives the same bits on every CPU. Weights::bfloat16 costs
/// precision and gives speed. One program may consist of files compiled with different -march or
/// EIGEN_MAX_ALIGN_BYTES. A Predictor then has another type in each, and these share no function.
/// (Eigen lacks this protection: files may share SavedModel and Trained, which own Eigen vectors,
/// only with the same EIGEN_MAX_ALIGN_BYTES.)
template <class Net, Summation Order = Summation::fast, Weights Format = Weights::exact>
class Predictor {
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD > 1
  static_assert(Order == Summation::fast,
                "tributary: Summation::fixed cannot hold with -ffast-math, parts of it such as "
                "-funsafe-math-optimizations, or x87's precision; take Summation::fast, or compile "
                "without these flags and with -msse2 -mfpmath=sse");
#endif
  using Plan = detail::Plan<Net, Format>;

 public:
  using Scalar = typename Plan::Scalar;
  using S = Scalar;

  /// Buffers for the values of an event, one a thread. It holds nothing between calls.
  using Scratch = typename Plan::template Scratch<1>;
  /// The same for the events that predict_batch processes together. At most 104 KiB, which fits on
  /// a stack of 128 KiB, such as that of a thread with musl. A layer of more than 512 elements or
  /// an image needs more.
  using BatchScratch = typename Plan::template Scratch<Plan::chunk>;

  /// `trained` is the result of Trainer::train, anything else with a `model` and contiguous
  /// `parameters()`, or a SavedModel, which has its own preprocessing. `instructions`, for
  /// comparisons, must be supported by this CPU. Throws std::invalid_argument for an ensemble, of
  /// which each member needs a Predictor; for wrong sizes; for a parameter that is not finite; for
  /// a BatchNorm that is not calibrated; and for a preprocessing other than that of the training
  /// (see Trained::feature_state and prepared_by). For features that are already scaled, use a
  /// SavedModel without preprocessing.
  template <class Trained>
  explicit Predictor(const Trained& trained, Simd instructions = simd());
  template <class Trained>
  Predictor(const Trained& trained, const Preprocessing& preprocessing, Simd instructions = simd());

  static constexpr Index inputs() noexcept { return Plan::inputs; }
  static constexpr Index outputs() noexcept { return Plan::outputs; }
  const std::vector<std::string>& feature_names() const noexcept { return feature_names_; }
  /// One name an output, or empty.
  const std::vector<std::string>& class_names() const noexcept { return class_names_; }

  /// Computes the scores of one event. Asserts that there are inputs() features and outputs()
  /// scores.
  void predict(std::span<const S> features, std::span<S> scores, Scratch& scratch) const noexcept {
    assert(fits(features, scores));
    run<false>(features.data(), 1, scratch, scores.data());
  }
  void predict(std::span<const S> features, std::span<S> scores) const noexcept {
    Scratch scratch;
    predict(features, scores, scratch);
  }

  /// The same, with Errc::size_mismatch for wrong sizes and Errc::not_finite if a feature is
  /// infinite, or missing without a default. Scores are then unchanged.
  Status checked_predict(std::span<const S> features, std::span<S> scores,
                         Scratch& scratch) const noexcept {
    if (!fits(features, scores)) return Errc::size_mismatch;
    if (!accepts(features.data())) return Errc::not_finite;
    predict(features, scores, scratch);
    return Done{};
  }
  Status checked_predict(std::span<const S> features, std::span<S> scores) const noexcept {
    Scratch scratch;
    return checked_predict(features, scores, scratch);
  }

  /// Computes the scores of any number of events, stored contiguously one event after the other,
  /// like the columns of a Matrix. Asserts that both have the same number of events. The last bits
  /// may differ from those of single events.
  void predict_batch(std::span<const S> features, std::span<S> scores,
                     BatchScratch& scratch) const noexcept {
    const Index events = std::ssize(features) / inputs();
    assert(std::ssize(features) == events * inputs() && std::ssize(scores) == events * outputs());
    for (Index begin = 0; begin < events; begin += Plan::chunk) {
      run<true>(features.data() + begin * inputs(), std::min(Plan::chunk, events - begin), scratch,
                scores.data() + begin * outputs());
    }
  }
  void predict_batch(std::span<const S> features, std::span<S> scores) const noexcept {
    BatchScratch scratch;
    predict_batch(features, scores, scratch);
  }

 private:
  Predictor(const Net& net, std::span<const S> parameters, const Preprocessing& preprocessing,
            Simd instructions);

  static bool fits(std::span<const S> features, std::span<S> scores) noexcept {
    return std::ssize(features) == inputs() && std::ssize(scores) == outputs();
  }
  bool accepts(const S* features) const noexcept {
    const S* const defaults = memory_.data() + Plan::offsets[Plan::count];  // NaN without a default
    for (Index i = 0; i < inputs(); ++i) {
      const S x = features[i];
      const bool is_missing = is_nan(x) || (!is_nan(missing_) && x == missing_);
      if (!is_finite(is_missing ? defaults[i] : x)) return false;
    }
    return true;
  }

  template <bool Many>
  void run(const S* features, Index events, auto& scratch, S* scores) const noexcept {
    const auto with = [&](auto forward) {
      forward.template run<Many>(stages_, memory_.data(), prepares_, missing_, features, events,
                                 scratch, scores);
    };
#ifdef __x86_64__
    if (instructions_ == Simd::avx512) return with(detail::avx512::Forward<Plan, Order, Format>{});
    if (instructions_ == Simd::avx2) return with(detail::avx2::Forward<Plan, Order, Format>{});
#endif
    with(detail::portable::Forward<Plan, Order, Format>{});
  }

  typename Plan::Stages stages_;
  AlignedVector<S> memory_;  ///< See Plan.
  S missing_;
  bool prepares_;  ///< Whether the first layer needs other values than the raw features.
  Simd instructions_;
  std::vector<std::string> feature_names_;
  std::vector<std::string> class_names_;
};

}  // namespace TRIBUTARY_BUILD

}  // namespace tributary::inline v0_1
