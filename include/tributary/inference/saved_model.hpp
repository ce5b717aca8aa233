#pragma once

#include <map>
#include <string>
#include <tributary/core/vector.hpp>
#include <tributary/inference/preprocessing.hpp>
#include <tributary/model/model.hpp>
#include <vector>

namespace tributary {

/// A trained net with all that its users have to know of it.
template <Model Net>
struct SavedModel {
  Net net;
  Vector<typename Net::Scalar> parameters;
  Preprocessing preprocessing = {};
  std::vector<std::string> class_names = {};           ///< One an output, or none.
  std::map<std::string, std::string> provenance = {};  ///< How it was trained, in any words.
};

}  // namespace tributary
