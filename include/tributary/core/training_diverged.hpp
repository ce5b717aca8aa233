// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace tributary::inline v0_1 {

/// Thrown by train() if a loss, a commit or the center is NaN or infinite. Such parameters are
/// never returned, sent or saved.
struct TrainingDiverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace tributary::inline v0_1
