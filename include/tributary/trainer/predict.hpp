// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/model.hpp>
#include <tributary/trainer/trained.hpp>

namespace tributary::inline v0_1 {

/// A model that predicts many events at once: scores, outputs × events.
template <class M>
concept PredictsMany = Model<M> && requires(const M model, ConstView<typename M::Scalar> parameters,
                                            const Matrix<typename M::Scalar>& features) {
  { model.predict(parameters, features) } -> std::same_as<Matrix<typename M::Scalar>>;
};

/// Scores, outputs × events. For an ensemble they are the mean over its members.
/// Throws std::invalid_argument
/// - if the features are not those of the model;
/// - if features or classes have other names or another order than in the training;
/// - if the preparation differs: only one of training and these events was scaled or imputed, or
///   each was prepared by a different Preprocessing;
/// - for a measured feature that equals Events::missing;
/// - in a process that has only one member of an ensemble.
template <PredictsMany M>
Matrix<typename M::Scalar> predict(const Trained<M>& trained,
                                   const BasicEvents<typename M::Scalar>& events) {
  const auto require_same = [](const auto& found, const auto& expected, const std::string& what,
                               const std::string& advice) {
    require(found.empty() || expected.empty() || found == expected, "predict: " + what,
            detail::listed(found),
            "as in the training: " + detail::listed(expected) + "; see " + advice);
  };
  require_same(events.classes, trained.classes, "classes", "AssembleOptions::classes and read_idx");
  require_same(events.feature_names, trained.feature_names, "feature_names",
               "AssembleOptions::features");
  require(trained.members_elsewhere == 0, "predict: Trained::members_elsewhere",
          trained.members_elsewhere,
          "0: the process of the hub has the ensemble, this one a single member");
  if (trained.feature_state)
    require(events.state == *trained.feature_state, "predict: features",
            detail::name_of(events.state),
            std::string{detail::name_of(*trained.feature_state)} +
                ", as in the training; see Preprocessing::apply, and BasicEvents::state if they "
                "were prepared by other means");
  require(detail::may_be_same(events.prepared_by, trained.prepared_by), "predict: features",
          "prepared by a Preprocessing of " + checksum_text(events.prepared_by),
          checksum_text(trained.prepared_by) + ", that of the training");
  if (const double missing = detail::missing_of(events); !is_nan(missing)) {
    const auto& x = events.features;
    const auto found = std::find_if(x.data(), x.data() + x.size(),
                                    [stands = static_cast<typename M::Scalar>(missing)](
                                        auto value) { return !is_nan(value) && value == stands; });
    if (found != x.data() + x.size())
      require(false, "predict: a feature of event " + std::to_string((found - x.data()) / x.rows()),
              *found, "other than Events::missing: impute missing values, as in the training");
  }
  Matrix<typename M::Scalar> scores = trained.model.predict(trained.parameters(), events.features);
  for (std::size_t i = 1; i < trained.members.size(); ++i) {
    scores += trained.model.predict(trained.members[i], events.features);
  }
  scores /= static_cast<typename M::Scalar>(trained.members.size());
  return scores;
}

}  // namespace tributary::inline v0_1
