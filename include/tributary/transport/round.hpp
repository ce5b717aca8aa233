#pragma once

#include <cstddef>
#include <span>
#include <tributary/core/vector.hpp>
#include <tributary/rule/commit.hpp>
#include <vector>

namespace tributary {

/// The commits of a synchronous round, and their sum, which the center merges.
///
/// Where the rule takes a mean over events, see WeighsEvents, a commit c_i of e_i events counts
/// w_i = n e_i / Σ e_j times among n commits, so that the sum divided by n is the mean over all
/// events of the round. Σ w_i c_i is computed as n c_0 + Σ w_i (c_i − c_0): it is n c_0 where all
/// agree, whatever the w_i were rounded to. Where all have equally many events, nothing is
/// multiplied.
template <Real S, bool weighs_events>
class Round {
 public:
  void reserve(std::size_t workers) {
    headers_.reserve(workers);
    commits_.reserve(workers);
    weights_.reserve(workers);
  }
  void clear() {
    headers_.clear();
    commits_.clear();
  }
  /// `commit` has to stay as it is until sum() was called.
  void add(const CommitHeader& header, const Vector<S>& commit) {
    headers_.push_back(header);
    commits_.push_back(&commit);
  }
  /// Once all are added.
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
    if (!weighs_events || !differ) return total;
    const double mean = events / static_cast<double>(headers_.size());
    for (const CommitHeader& header : headers_)
      weights_.push_back(static_cast<S>(static_cast<double>(header.events) / mean));
    return total;
  }
  /// Of the part of each commit that `part` gives: all of it, or a stripe.
  template <class Part>
  void sum(View<S> out, const Part& part) const {
    const auto first = part(*commits_.front());
    const std::size_t count = commits_.size();
    if (weights_.empty()) {
      if (count == 1) out = first;
      if (count > 1) out = first + part(*commits_[1]);
      for (std::size_t c = 2; c < count; ++c) out += part(*commits_[c]);
    } else {
      out = static_cast<S>(count) * first;
      for (std::size_t c = 1; c < count; ++c) out += weights_[c] * (part(*commits_[c]) - first);
    }
  }
  bool empty() const noexcept { return commits_.empty(); }
  /// Of its commits.
  std::span<const CommitHeader> headers() const noexcept { return headers_; }

 private:
  std::vector<CommitHeader> headers_;
  std::vector<const Vector<S>*> commits_;
  std::vector<S> weights_;  ///< Empty where all are 1.
};

}  // namespace tributary
