// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tributary/optimizer/learning_rate_schedule.hpp>

namespace tributary::inline v0_1 {

/// A constant learning rate.
struct Constant {
  double factor(std::uint64_t) const { return 1; }
  void validate() const {}
};

}  // namespace tributary::inline v0_1
