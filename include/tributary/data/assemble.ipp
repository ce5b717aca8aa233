// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/assemble.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

[[noreturn]] TRIBUTARY_INLINE void fail_at(const CsvTable& table, std::size_t row,
                                           const Column& column,
                                           const std::string& found_and_expected) {
  throw FileError{table.name + ": row " + std::to_string(row) + " (the first is 0), column '" +
                  column.name + "': " + found_and_expected};
}

TRIBUTARY_INLINE void require_finite(const CsvTable& table, const Column& column) {
  const auto wrong = std::ranges::find_if(column.values, [](double x) { return !is_finite(x); });
  if (wrong == column.values.end()) return;
  fail_at(table, static_cast<std::size_t>(wrong - column.values.begin()), column,
          is_nan(*wrong) ? "found a missing value, expected a number"
                         : "found " + to_text(*wrong) + ", expected a finite number");
}

/// Converted to S, a value too large would become infinite, and one smaller than `least` would
/// become 0.
template <Real S>
void require_fits(const CsvTable& table, const Column& column, double least = 0) {
  if constexpr (!std::same_as<S, double>) {
    const auto wrong = std::ranges::find_if(column.values, [least](double x) {
      const double size = std::abs(x);
      return is_finite(x) && x != 0 &&
             (size > static_cast<double>(std::numeric_limits<S>::max()) || size < least);
    });
    if (wrong != column.values.end())
      fail_at(table, static_cast<std::size_t>(wrong - column.values.begin()), column,
              "found " + to_text(*wrong) +
                  ", expected a number that a float holds: scale it, or assemble<double>");
  }
}

/// For example "in x.csv it holds texts since line 7, 'N/A': ...".
TRIBUTARY_INLINE std::string why_text(const CsvTable& table, const Column& column) {
  std::string text = "in " + table.name + " it holds texts";
  if (column.first_text_line > 0 && !column.vocabulary.empty())
    text += " since line " + std::to_string(column.first_text_line) + ", '" +
            column.vocabulary.front().substr(0, 40) + "'";
  return text +
         ": drop it, encode it by OneHotEncoder, or list the text for \"missing\" in "
         "CsvOptions::missing_texts";
}

/// Sets the labels by name: classes[labels[row]] is the text or number in that row of the column.
TRIBUTARY_INLINE void assemble_labels(const CsvTable& table, const Column& column,
                                      std::vector<std::string>& classes, std::vector<int>& labels) {
  require(std::set(classes.begin(), classes.end()).size() == classes.size(),
          "AssembleOptions::classes", classes.size(), "distinct names");
  require_names(table.name, column);
  std::map<double, std::string> name_of;  // for each distinct value
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    const double value = column.values[row];
    if (is_nan(value)) fail_at(table, row, column, "found a missing value, expected a label");
    if (column.type == ColumnType::real && value != std::trunc(value))
      fail_at(table, row, column,
              "found " + to_text(value) +
                  ", expected a whole number or text as the label (a number to be predicted is an "
                  "AssembleOptions::target)");
    if (may_be_rounded(column, value))
      fail_at(table, row, column, "found " + to_text(value) + why_rounded);
    if (const auto [entry, is_new] = name_of.try_emplace(value); is_new)
      entry->second = column.type == ColumnType::text
                          ? column.vocabulary[static_cast<std::size_t>(value)]
                          : to_text(value);
  }
  if (classes.empty()) {
    for (const auto& [value, name] : name_of) classes.push_back(name);
    if (column.type == ColumnType::text) std::ranges::sort(classes);
  }
  std::map<std::string_view, int> index_of;
  for (const std::string& name : classes) index_of.emplace(name, static_cast<int>(index_of.size()));
  std::map<double, int> label_of;
  for (const auto& [value, name] : name_of) {
    const auto found = index_of.find(name);
    if (found == index_of.end())
      fail_at(
          table,
          static_cast<std::size_t>(std::ranges::find(column.values, value) - column.values.begin()),
          column,
          "found '" + name + "', expected one of AssembleOptions::classes: " + listed(classes));
    label_of[value] = found->second;
  }
  for (const double value : column.values) labels.push_back(label_of.at(value));
}

}  // namespace detail

template <Real S>
BasicEvents<S> assemble(const CsvTable& table, const AssembleOptions& options) {
  std::map<std::string_view, const Column*> named;
  for (const Column& column : table.columns)
    if (!named.emplace(column.name, &column).second)
      require(false, "CsvTable::columns", column.name, "distinct names");
  std::set<std::string_view> used;
  const auto find = [&](const std::string& name, std::string_view field) -> const Column& {
    const auto found = named.find(name);
    if (found == named.end()) require(false, field, name, table.column_names());
    return *found->second;
  };
  const auto take = [&](const std::string& name, std::string_view field) -> const Column& {
    require(used.insert(name).second, field, name, "a column that is not named twice");
    return find(name, field);
  };
  const auto take_numbers = [&](const std::string& name, std::string_view field) -> const Column& {
    const Column& column = take(name, field);
    if (column.type == ColumnType::text)
      require(false, field, name, "a column of numbers, but " + detail::why_text(table, column));
    return column;
  };
  const auto rows = static_cast<Index>(table.rows());
  const auto fill = [&](auto& matrix, const std::vector<const Column*>& columns) {
    for (const Column* column : columns) detail::require_fits<S>(table, *column);
    matrix.resize(std::ssize(columns), rows);
    for (Index row = 0; row < rows; ++row)
      for (Index i = 0; i < matrix.rows(); ++i)
        matrix(i, row) = static_cast<S>(
            columns[static_cast<std::size_t>(i)]->values[static_cast<std::size_t>(row)]);
  };

  BasicEvents<S> events;
  require(options.classes.empty() || !options.label.empty(), "AssembleOptions::label", "\"\"",
          "a column, as there are AssembleOptions::classes");
  if (!options.label.empty()) {
    events.classes = options.classes;
    detail::assemble_labels(table, take(options.label, "AssembleOptions::label"), events.classes,
                            events.labels);
  }
  if (!options.weight.empty()) {
    const Column& column = take_numbers(options.weight, "AssembleOptions::weight");
    detail::require_finite(table, column);
    detail::require_fits<S>(table, column, static_cast<double>(std::numeric_limits<S>::min()));
    events.weights =
        Eigen::Map<const Vector<double>>{column.values.data(), rows}.template cast<S>();
  }
  if (!options.target.empty()) {
    std::vector<const Column*> columns;
    for (const std::string& name : options.target) {
      columns.push_back(&take_numbers(name, "AssembleOptions::target"));
      detail::require_finite(table, *columns.back());
    }
    fill(events.targets, columns);
    events.target_names = options.target;
  }

  if (!options.event_number.empty()) {
    const Column& column = take_numbers(options.event_number, "AssembleOptions::event_number");
    detail::require_finite(table, column);
    for (std::size_t row = 0; row < column.values.size(); ++row) {
      const double number = column.values[row];
      if (number < 0 || number != std::trunc(number) || detail::may_be_rounded(column, number))
        detail::fail_at(table, row, column,
                        "found " + detail::to_text(number) +
                            ", expected an event number: a whole number from 0 to 2^53");
      events.event_numbers.push_back(static_cast<std::uint64_t>(number));
    }
  }

  std::set<std::string_view> dropped;
  for (const std::string& name : options.drop) {
    find(name, "AssembleOptions::drop");
    dropped.insert(name);
  }
  events.feature_names = options.features;
  if (events.feature_names.empty())
    for (const Column& column : table.columns)
      if (!used.contains(column.name) && !dropped.contains(column.name)) {
        require(!column.name.empty(), "AssembleOptions::drop", "without the unnamed column",
                "with it, or the features listed in AssembleOptions::features: the column may "
                "be the row index that pandas writes");
        events.feature_names.push_back(column.name);
      }
  require(!events.feature_names.empty(), "AssembleOptions::features", "none", "at least one");
  std::vector<const Column*> columns;
  for (const std::string& name : events.feature_names) {
    require(!dropped.contains(name), "AssembleOptions::drop", name,
            "no column of AssembleOptions::features");
    columns.push_back(&take_numbers(name, "AssembleOptions::features"));
  }
  fill(events.features, columns);
  events.missing = table.missing.value_or(events.missing);
  return events;
}

}  // namespace tributary::inline v0_1
