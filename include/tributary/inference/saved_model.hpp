// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/model/model.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// A trained net with all data for its use.
template <Model Net>
struct SavedModel {
  Net net;
  Vector<typename Net::Scalar> parameters;
  Preprocessing preprocessing = {};
  std::vector<std::string> class_names = {};           ///< One an output, or none.
  std::map<std::string, std::string> provenance = {};  ///< Free text about the training, by key.

  /// Throws std::invalid_argument with the name of a part that does not fit the net or is not
  /// finite.
  void validate() const {
    require(parameters.size() == net.parameter_count(), "SavedModel::parameters.size()",
            parameters.size(), std::to_string(net.parameter_count()));
    for (const auto parameter : parameters)
      require(is_finite(parameter), "SavedModel::parameters", parameter, "finite");
    preprocessing.validate(static_cast<std::size_t>(net.inputs()));
    require(class_names.empty() || std::ssize(class_names) == net.outputs(),
            "SavedModel::class_names.size()", class_names.size(),
            "0 or " + std::to_string(net.outputs()) + ", one an output");
    detail::require_all_different(class_names, "SavedModel::class_names");
  }
};

namespace detail {

/// The Preprocessing, completed by the data in `trained`. Throws std::invalid_argument if it
/// differs from that of the training, as far as `trained` has it, or for an ensemble.
template <class Trained>
Preprocessing as_trained(const Trained& trained, Preprocessing preprocessing,
                         const std::string& who) {
  if constexpr (requires { trained.members.size(); })
    require(trained.members.size() == 1, who + ": members", trained.members.size(),
            "1: make a " + who + " for each member of the ensemble");
  if constexpr (requires { trained.members_elsewhere > 0; })
    require(trained.members_elsewhere == 0, who + ": Trained::members_elsewhere",
            trained.members_elsewhere,
            "0: the process of the hub has the ensemble, this one a single member");
  if constexpr (requires { trained.feature_state.has_value(), trained.prepared_by; }) {
    const std::string advice =
        ", as in training: pass the Preprocessing that was applied to the training events";
    if (trained.feature_state)
      require(preprocessing.state() == *trained.feature_state, who + ": features",
              name_of(preprocessing.state()),
              std::string{name_of(*trained.feature_state)} + advice +
                  ", or a SavedModel if the features are already so");
    // Events with NaN do not record the value for "missing" in a file.
    Preprocessing unsaid = preprocessing;
    unsaid.missing = std::numeric_limits<double>::quiet_NaN();
    require(trained.prepared_by == 0 || preprocessing.checksum() == trained.prepared_by ||
                unsaid.checksum() == trained.prepared_by,
            who + ": Preprocessing", checksum_text(preprocessing.checksum()),
            checksum_text(trained.prepared_by) + advice);
  }
  if constexpr (requires { trained.missing + 1; }) {
    if (is_nan(preprocessing.missing)) preprocessing.missing = trained.missing;
    if (!is_nan(trained.missing))
      require(preprocessing.missing == trained.missing, who + ": Preprocessing::missing",
              preprocessing.missing, to_text(trained.missing) + ", as in training");
  }
  if constexpr (requires { trained.feature_names; }) {
    auto& names = preprocessing.feature_names;
    if (names.empty()) names = trained.feature_names;
    for (std::size_t i = 0; i < std::min(names.size(), trained.feature_names.size()); ++i)
      require(names[i] == trained.feature_names[i],
              who + ": feature " + std::to_string(i) + " of the Preprocessing", names[i],
              trained.feature_names[i] + ", as in training");
  }
  return preprocessing;
}

}  // namespace detail

/// Makes a model to save from the result of Trainer::train and the Preprocessing of its events,
/// with its names of features and classes. Throws std::invalid_argument if the training had another
/// Preprocessing, as far as events and result record it, and for an ensemble.
///
///   save_model("net.json", saved_model(trained, preprocessing));
template <class Trained>
auto saved_model(const Trained& trained, const Preprocessing& preprocessing,
                 std::map<std::string, std::string> provenance = {})
    -> SavedModel<std::remove_cvref_t<decltype(trained.model)>> {
  const bool named = std::ssize(trained.classes) == trained.model.outputs();
  return {trained.model, trained.parameters(),
          detail::as_trained(trained, preprocessing, "SavedModel"),
          named ? trained.classes : std::vector<std::string>{}, std::move(provenance)};
}

}  // namespace tributary::inline v0_1
