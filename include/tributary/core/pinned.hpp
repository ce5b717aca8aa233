// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <tributary/core/vector.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// Consecutive parameters.
struct ParameterRange {
  Index begin;
  Index size;
};

/// Parameters that keep their values, see HasFrozen.
template <Real S>
class Pinned {
 public:
  /// They keep the values that they have in `from`.
  Pinned(std::span<const ParameterRange> ranges, ConstView<S> from) {
    for (const auto& [begin, size] : ranges)
      segments_.push_back({begin, from.segment(begin, size)});
  }

  bool empty() const noexcept { return segments_.empty(); }
  /// Restores them in consecutive parameters, of which the first one has number `first`.
  void restore(View<S> parameters, Index first = 0) const {
    for (const auto& [at, values] : segments_) {
      const Index begin = std::max(at, first);
      const Index end = std::min(at + values.size(), first + parameters.size());
      if (begin < end)
        parameters.segment(begin - first, end - begin) = values.segment(begin - at, end - begin);
    }
  }

 private:
  struct Segment {
    Index begin;
    Vector<S> values;
  };
  std::vector<Segment> segments_;
};

}  // namespace tributary::inline v0_1
