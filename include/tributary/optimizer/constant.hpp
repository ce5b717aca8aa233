#pragma once

#include <cstdint>
#include <tributary/optimizer/learning_rate_schedule.hpp>

namespace tributary {

/// The learning rate stays what it is.
struct Constant {
  double factor(std::uint64_t) const { return 1; }
  void validate() const {}
};
static_assert(LearningRateSchedule<Constant>);

}  // namespace tributary
