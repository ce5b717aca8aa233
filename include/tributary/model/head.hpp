// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>

namespace tributary::inline v0_1 {

/// The target outputs of one event, for every head. target[k] is row k of the batch's targets, if
/// it has any. Otherwise it follows from the label: for one output it is the label, for more it is
/// 1 at output `label` and 0 elsewhere.
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

/// The end of a net: output activation and loss, for one event at a time. z are the outputs of the
/// last layer. Your own head takes a few lines. It may declare its limits, for ChecksData and
/// compile-time checks,
///
///   static constexpr Index least_outputs;             // minimum number of z
///   static constexpr std::string_view target_range;   // "in [0, 1]" for messages
///   static bool accepts(double target);               // whether it is in the range
///
/// and, if it classifies, whether z gives the right class:
///
///   template <Real S> bool hit(std::span<const S> z, const Target<S>&) const;
template <class H>
concept Head = std::copyable<H> && requires(const H head, std::span<const double> z,
                                            const Target<double>& target, std::span<double> out) {
  { head.loss(z, target, out) } -> std::convertible_to<Loss>;  // overwrites out with dloss/dz
  { head.activate(out) }
  noexcept->std::same_as<void>;  // z to scores, in place
};

/// A head that determines the class of an event.
template <class H>
concept ClassifyingHead = Head<H> &&
    requires(const H head, std::span<const double> z, const Target<double>& target) {
  { head.hit(z, target) } -> std::same_as<bool>;
};

namespace detail {
/// Whether scores and target agree on the class: for one output, both are on the same side of the
/// boundary; for more, both have their maximum at the same index.
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
