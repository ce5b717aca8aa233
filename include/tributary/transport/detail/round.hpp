// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <tributary/core/vector.hpp>
#include <tributary/rule/commit.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

/// The commits of a synchronous round, and their sum, which the center merges. For a rule that
/// takes a mean over events, see WeighsEvents, it is the mean, in which a commit c_i of e_i events
/// has the weight w_i = e_i / Σ e_j.
///
/// The mean is computed as c_0 + Σ w_i (c_i − c_0). If all commits are equal, it is exactly c_0 for
/// any rounding of the w_i, so rounds without a step change nothing. If all have the same number of
/// events, it is c_0 + Σ (c_i − c_0) / n, whose bits do not depend on whether the compiler fuses
/// products and sums. Halves, differences and weights that are denormal count as 0, because workers
/// flush them: for two commits, values below twice the smallest normal number, 2.4e-38 in float.
template <Real S>
class Round {
 public:
  explicit Round(bool weighs_events) : weighs_events_{weighs_events} {}

  void reserve(std::size_t workers) {
    headers_.reserve(workers);
    commits_.reserve(workers);
    weights_.reserve(workers);
  }
  void clear() {
    headers_.clear();
    commits_.clear();
  }
  /// `commit` must not change until the last merge().
  void add(const CommitHeader& header, const Vector<S>& commit) {
    headers_.push_back(header);
    commits_.push_back(&commit);
  }
  /// After all commits are added: the header of the round.
  CommitHeader total() {
    CommitHeader total{.worker = all_workers, .contributors = 0};
    double events = 0;
    bool differ = false;
    for (const CommitHeader& header : headers_) {
      total += header;
      events += static_cast<double>(header.events);
      differ = differ || header.events != headers_.front().events;
    }
    weights_.clear();
    if (!weighs_events_ || !differ) return total;
    for (const CommitHeader& header : headers_)
      weights_.push_back(static_cast<S>(static_cast<double>(header.events) / events));
    return total;
  }
  /// Writes the sum or mean of the part of each commit that `part` returns: all of it, or a stripe.
  template <class Part>
  void merge(View<S> out, const Part& part) const {
    const auto first = part(*commits_.front());
    const std::size_t count = commits_.size();
    const auto other = [&](std::size_t c) { return part(*commits_[c]); };
    if (count == 1) {
      out = first;
    } else if (!weighs_events_) {
      out = first + other(1);
      for (std::size_t c = 2; c < count; ++c) out += other(c);
    } else if (!weights_.empty()) {
      out = first + weights_[1] * (other(1) - first);
      for (std::size_t c = 2; c < count; ++c) out += weights_[c] * (other(c) - first);
    } else if (count == 2) {
      out = S(0.5) * first + S(0.5) * other(1);  // products that are exact
    } else {
      out = other(1) - first;
      for (std::size_t c = 2; c < count; ++c) out += other(c) - first;
      out = first + out / static_cast<S>(count);
    }
  }
  bool empty() const noexcept { return commits_.empty(); }
  /// The headers of its commits.
  std::span<const CommitHeader> headers() const noexcept { return headers_; }

 private:
  bool weighs_events_;
  std::vector<CommitHeader> headers_;
  std::vector<const Vector<S>*> commits_;
  std::vector<S> weights_;  ///< Weights of a mean; empty if they are equal.
};

}  // namespace tributary::inline v0_1::detail
