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

// All that a unit needs to ask a Predictor that another one made, and nothing that throws: it may be
// compiled with -fno-exceptions and -fno-rtti. Who makes one includes predictor.hpp.

namespace tributary::inline v0_1 {

struct Preprocessing;

inline namespace TRIBUTARY_BUILD {

/// What a trained net says of events, for programs that cannot wait: made once, then const, shared
/// by any threads, without an allocation, an exception or a lock. predictor.hpp says how to make one.
///
/// Before the net comes its preprocessing: an event is given as it was measured. A feature that is
/// missing gets its default; where it has none, the net gets NaN there, and where its scores are NaN,
/// those of a Predictor are. The checked functions say so. No finite feature raises a
/// floating-point exception other than for inexact and tiny results, unless a sum is too large for
/// the scalar; NaN and infinity may.
///
/// Summation and Weights are what of speed is given for equal bits, and of exactness for speed.
/// Programs may be made of units with different -march or EIGEN_MAX_ALIGN_BYTES: a Predictor is of
/// another type in each, and these share no function. (Eigen is not so careful: of such units only
/// those of one EIGEN_MAX_ALIGN_BYTES may own vectors of its, as SavedModel and Trained do.)
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

  /// Where the numbers of an event are on their way. Holds nothing between calls; one a thread.
  using Scratch = typename Plan::template Scratch<1>;
  /// The same of the events that predict_batch takes at once. At most 104 KiB, so that it fits on the
  /// stack of a thread of 128 KiB, as musl's are, unless a layer has more than 512 numbers or an image.
  using BatchScratch = typename Plan::template Scratch<Plan::chunk>;

  /// From what Trainer::train gives, or anything with a `model` and `parameters()` in one piece, or a
  /// SavedModel, which brings its own preprocessing. `instructions`, which this CPU must have, are
  /// there for comparisons. Throws std::invalid_argument where there are several members, of which
  /// each needs a Predictor, where sizes are wrong, where a parameter is not finite, or a BatchNorm not
  /// calibrated, and where the preprocessing does not do to features what was done to those of the
  /// training (see Trained::feature_state and prepared_by). If the features to serve are scaled already,
  /// say so by a SavedModel without preprocessing.
  template <class Trained>
  explicit Predictor(const Trained& trained, Simd instructions = simd());
  template <class Trained>
  Predictor(const Trained& trained, const Preprocessing& preprocessing, Simd instructions = simd());

  static constexpr Index inputs() noexcept { return Plan::inputs; }
  static constexpr Index outputs() noexcept { return Plan::outputs; }
  const std::vector<std::string>& feature_names() const noexcept { return feature_names_; }
  /// Empty, or a name an output.
  const std::vector<std::string>& class_names() const noexcept { return class_names_; }

  /// The scores of one event. Asserts that there are inputs() features and outputs() scores.
  void predict(std::span<const S> features, std::span<S> scores, Scratch& scratch) const noexcept {
    assert(fits(features, scores));
    run<false>(features.data(), 1, scratch, scores.data());
  }
  void predict(std::span<const S> features, std::span<S> scores) const noexcept {
    Scratch scratch;
    predict(features, scores, scratch);
  }

  /// The same, but Errc::size_mismatch for wrong sizes, and Errc::not_finite where a feature is
  /// infinite, or missing without a default. Then scores are left alone.
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

  /// The scores of any number of events, features side by side, and so the scores: where Matrix has a
  /// column an event. Asserts that both are of as many events. The last bits may differ from those of
  /// one event at a time.
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
    const S* const defaults = memory_.data() + Plan::offsets[Plan::count];  // NaN: there is none
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
  bool prepares_;  ///< Whether features are other than what the first layer gets.
  Simd instructions_;
  std::vector<std::string> feature_names_;
  std::vector<std::string> class_names_;
};

}  // namespace TRIBUTARY_BUILD

}  // namespace tributary::inline v0_1
