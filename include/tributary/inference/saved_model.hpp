#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/preprocessing.hpp>
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

  /// Throws std::invalid_argument that names what does not fit the net or is not finite.
  void validate() const {
    require(parameters.size() == net.parameter_count(), "SavedModel::parameters.size()",
            parameters.size(), std::to_string(net.parameter_count()));
    for (const auto parameter : parameters)
      require(is_finite(parameter), "SavedModel::parameters", parameter, "finite");
    preprocessing.validate(static_cast<std::size_t>(net.inputs()));
    require(class_names.empty() || std::ssize(class_names) == net.outputs(),
            "SavedModel::class_names.size()", class_names.size(),
            "0 or " + std::to_string(net.outputs()) + ", one an output");
  }
};

}  // namespace tributary
