// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Scores beside the identifiers of their events, for write_csv():
///
///   write_csv("predictions.csv", prediction_table(predict(trained, test), test));
///
///   event_number  BasicEvents::event_numbers; without them `row`, from 0
///   class         the name of the event's class, or its label; absent without labels
///   predicted     the class with the highest score, the first of equal ones; if each has a score
///   weight        BasicEvents::weights; absent without weights
///   score_NAME    one column for each output: NAME is its class or target, or its number
///
/// Classes are named by `classes`, which for events without labels is usually Trained::classes, or
/// else by those of the events. One score is that of class 1. A missing score is NaN. Throws
/// std::invalid_argument
/// - unless there is one column of scores an event;
/// - if the classes do not fit to the scores;
/// - for an event number above 2^53, which a table cannot hold.
template <Real S>
CsvTable prediction_table(const Matrix<S>& scores, const BasicEvents<S>& events,
                          std::vector<std::string> classes = {}) {
  events.validate();
  require(static_cast<std::size_t>(scores.cols()) == events.size(),
          "prediction_table: scores.cols()", scores.cols(),
          std::to_string(events.size()) + ", one an event");
  require(classes.empty() || events.classes.empty() || classes == events.classes,
          "prediction_table: classes", detail::listed(classes),
          "those of the events: " + detail::listed(events.classes));
  if (classes.empty()) classes = events.classes;
  const Index outputs = scores.rows();
  const bool of_classes =
      !classes.empty() && (events.targets.size() == 0 || events.target_names == classes);
  require(outputs > 0, "prediction_table: scores.rows()", outputs, "at least 1");
  const bool is_regression = !of_classes && std::ssize(events.target_names) == outputs;
  const auto count = std::ssize(classes);
  require(!of_classes || outputs == count || (outputs == 1 && count == 2),
          "prediction_table: scores.rows()", outputs,
          std::to_string(count) + ", one for each of the classes " + detail::listed(classes));

  CsvTable table{.name = "predictions"};
  const auto add = [&](std::string name, ColumnType type, auto&& value_of) -> Column& {
    Column& column = table.columns.emplace_back(Column{.name = std::move(name), .type = type});
    for (std::size_t i = 0; i < events.size(); ++i)
      column.values.push_back(static_cast<double>(value_of(i)));
    return column;
  };
  const auto named = [&](Column& column) {  // a label is an index in the classes
    if (!classes.empty()) column.vocabulary = classes;
  };
  const ColumnType of_labels = classes.empty() ? ColumnType::integer : ColumnType::text;
  if (events.event_numbers.empty()) {
    add("row", ColumnType::integer, [](std::size_t i) { return i; });
  } else {
    for (const std::uint64_t number : events.event_numbers)
      if (number > std::uint64_t{1} << 53)
        require(false, "prediction_table: an event number", number, "at most 2^53");
    add("event_number", ColumnType::integer,
        [&](std::size_t i) { return events.event_numbers[i]; });
  }
  for (const int label : events.labels)
    if (!classes.empty() && label >= count)
      require(false, "prediction_table: a label", label, "in [0, " + std::to_string(count) + ")");
  if (!events.labels.empty())
    named(add("class", of_labels, [&](std::size_t i) { return events.labels[i]; }));
  if (of_classes && outputs > 1)
    named(add("predicted", of_labels, [&](std::size_t i) {
      const auto column = scores.col(static_cast<Index>(i));
      if (has_nan(column)) return std::numeric_limits<double>::quiet_NaN();
      Index best = 0;
      column.maxCoeff(&best);
      return static_cast<double>(best);
    }));
  if (events.weights.size() > 0)
    add("weight", ColumnType::real,
        [&](std::size_t i) { return events.weights[static_cast<Index>(i)]; });
  for (Index k = 0; k < outputs; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const std::string name = of_classes      ? classes[outputs == 1 ? 1 : at]
                             : is_regression ? events.target_names[at]
                                             : std::to_string(k);
    add("score_" + name, ColumnType::real,
        [&](std::size_t i) { return scores(k, static_cast<Index>(i)); });
  }
  return table;
}

}  // namespace tributary::inline v0_1
