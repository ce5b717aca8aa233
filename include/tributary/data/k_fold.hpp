// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tributary/core/measurements.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/split.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Divides events into folds by their event numbers:
///
///   const KFold folds{.folds = 5};
///   const auto [training, test] = folds.split(events, 0);
///
/// The fold of an event is a function of its number, `folds` and `seed` alone. It stays the same if
/// events are added, removed or reordered, and events of one number, such as an event before and
/// after a systematic shift, are never on both sides of a split. A program that applies one net per
/// fold takes the net that did not see the event: nets[folds.of(number)].
///
/// Numbers are hashed, so that folds are equally large on average for any numbering. Classes are
/// not balanced between folds, since that would make the fold of an event depend on the others.
struct KFold {
  int folds = 5;
  Seed seed = {};

  /// In [0, folds).
  int of(std::uint64_t event_number) const {
    validate();
    const std::uint64_t key = seed.derive(Stream::split).value;
    return static_cast<int>(Seed::mix(key ^ Seed::mix(event_number)) %
                            static_cast<std::uint64_t>(folds));
  }

  /// {training, test}: the test events are those of this fold, the training events all others, in
  /// their order. Throws std::invalid_argument
  /// - for an invalid fold, or events without event_numbers;
  /// - if the training or the test events lack a class of the whole, or all events;
  /// - if the events are imputed or scaled: the statistics of the test events would leak into the
  ///   training. Fit a Preprocessing to each training part.
  template <Real S>
  std::pair<BasicEvents<S>, BasicEvents<S>> split(const BasicEvents<S>& events, int fold) const {
    const auto rows = rows_of(events, fold);
    return {select<S>(events, rows[0]), select<S>(events, rows[1])};
  }

  /// The rows of training and test events, with the checks of split().
  template <Real S>
  std::array<std::vector<std::size_t>, 2> rows_of(const BasicEvents<S>& events, int fold) const {
    validate();
    events.validate();
    require(fold >= 0 && fold < folds, "KFold::split: fold", fold,
            "in [0, " + std::to_string(folds) + ")");
    require(events.event_numbers.size() == events.size(), "KFold::split: event_numbers",
            events.event_numbers.size(), "one an event, see AssembleOptions::event_number");
    require(events.state == FeatureState::measured, "KFold::split: features",
            detail::name_of(events.state),
            "measured, as test events must not influence the training: fit a Preprocessing to the "
            "training events of each fold");
    require(events.size() > 0, "KFold::split: events", events.size(), "at least one");
    std::array<std::vector<std::size_t>, 2> rows;
    std::map<int, std::array<std::size_t, 2>> counts;  // by class, or of all events
    for (std::size_t row = 0; row < events.size(); ++row) {
      const bool test = of(events.event_numbers[row]) == fold;
      rows[test].push_back(row);
      ++counts[events.labels.empty() ? 0 : events.labels[row]][test];
    }
    for (const auto& [label, count] : counts)
      for (const bool test : {false, true})
        if (count[test] == 0)
          require(false,
                  "KFold::split: " + std::string{test ? "test" : "training"} + " events of fold " +
                      std::to_string(fold) +
                      (events.labels.empty() ? "" : " in class " + std::to_string(label)),
                  0, "at least one: use fewer folds, or more events of different numbers");
    return rows;
  }

  /// Throws std::invalid_argument naming the field.
  void validate() const { require(folds >= 2, "KFold::folds", folds, "at least 2"); }
};

/// The score of each fold, by a function that trains on the first events and scores the second:
///
///   const Measurements auc = cross_validate(KFold{.folds = 5}, events,
///       [&](const Events& training, const Events& test) {
///         const auto trained = trainer.train(training, options);
///         return roc_auc(predict(trained, test), test);
///       });
///
/// Throws like KFold::split, before the first training, and passes on exceptions of the function.
template <Real S, class F>
requires std::is_invocable_r_v < double, F&, const BasicEvents<S>
&, const BasicEvents<S>& > Measurements cross_validate(const KFold& folds,
                                                       const BasicEvents<S>& events,
                                                       F&& train_and_score) {
  folds.validate();
  for (int fold = 0; fold < folds.folds; ++fold) folds.rows_of(events, fold);
  Measurements scores;
  for (int fold = 0; fold < folds.folds; ++fold) {
    const auto [training, test] = folds.split(events, fold);
    scores.values.push_back(train_and_score(training, test));
  }
  return scores;
}

}  // namespace tributary::inline v0_1
