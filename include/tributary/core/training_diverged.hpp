#pragma once

#include <stdexcept>

namespace tributary {

/// What train() throws once a loss, a commit or the center is NaN or infinite: no such parameters are
/// returned, sent or saved.
struct TrainingDiverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace tributary
