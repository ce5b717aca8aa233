// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>

namespace tributary::inline v0_1 {

/// What the outputs should be for one event, the same for every head: target[k] is row k of the
/// batch's targets where it has any, otherwise made of the label: 1 for output `label` and 0 for
/// the others, or the label itself where there is one output only.
template <Real S>
class Target {
 public:
  Target(const EventBatch<S>& batch, Index event, Index outputs)
      : row_{batch.targets.size() == 0 ? nullptr : batch.targets.col(event).data()},
        label_{row_ ? 0 : batch.labels[static_cast<std::size_t>(event)]},
        outputs_{outputs} {}

  S operator[](std::size_t k) const {
    if (row_) return row_[k];
    if (outputs_ == 1) return static_cast<S>(label_);
    return static_cast<S>(static_cast<std::size_t>(label_) == k);
  }

 private:
  const S* row_;
  int label_;
  Index outputs_;
};

/// The end of a net: output activation and loss in one, of one event at a time. z are the outputs
/// of the last layer. A head of one's own is a few lines; it may also say what it can take, for
/// ChecksData and compilers,
///
///   static constexpr Index least_outputs;             // how many z it needs
///   static constexpr std::string_view target_range;   // "in [0, 1]" for messages, and
///   static bool accepts(double target);               // whether that is so
///
/// and, when it classifies, whether z gets the class right:
///
///   template <Real S> bool hit(std::span<const S> z, const Target<S>&) const;
template <class H>
concept Head = std::copyable<H> && requires(const H head, std::span<const double> z,
                                            const Target<double>& target, std::span<double> out) {
  { head.loss(z, target, out) } -> std::convertible_to<Loss>;  // overwrites out with dloss/dz
  { head.activate(out) }
  noexcept->std::same_as<void>;  // z to scores, in place
};

/// A head that knows the class of an event.
template <class H>
concept ClassifyingHead = Head<H> &&
    requires(const H head, std::span<const double> z, const Target<double>& target) {
  { head.hit(z, target) } -> std::same_as<bool>;
};

namespace detail {
/// The same class: with one output, both above the boundary between the classes or both not;
/// with more, the largest at the same place.
template <Real S>
bool same_class(std::span<const S> z, S z_boundary, const Target<S>& target, S target_boundary) {
  if (z.size() == 1) return (z[0] > z_boundary) == (target[0] > target_boundary);
  std::size_t guess = 0, truth = 0;
  for (std::size_t k = 1; k < z.size(); ++k) {
    if (z[k] > z[guess]) guess = k;
    if (target[k] > target[truth]) truth = k;
  }
  return guess == truth;
}
}  // namespace detail

}  // namespace tributary::inline v0_1
