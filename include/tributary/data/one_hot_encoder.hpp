// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Treatment of texts that do not occur in training.
enum class Unseen {
  refuse,  ///< An error.
  zeros,   ///< The new columns are all 0.
};

/// Replaces columns of text by one column "name=text" for each text in training, which is 1 for
/// that text and 0 otherwise. A missing text becomes NaN in all of them. Keep the encoder like a
/// scaler: every other table needs the encoding of the training.
///
///   const auto encoder = OneHotEncoder::fit(training, {"workclass", "sex"});
///   encoder.apply(training);
///   encoder.apply(test);
struct OneHotEncoder {
  std::vector<std::string> columns;              ///< Replaced columns.
  std::vector<std::vector<std::string>> values;  ///< New columns for each, sorted.
  Unseen unseen = Unseen::refuse;

  /// Columns of numbers work too, such as codes; 1 and 1.0 are equal. Throws std::invalid_argument
  /// for an unknown column, or one without any value. Throws FileError for a code beyond 2^53, or
  /// with a leading zero such as 01; read these as texts.
  static OneHotEncoder fit(const CsvTable& table, std::vector<std::string> columns,
                           Unseen unseen = Unseen::refuse) {
    OneHotEncoder encoder{std::move(columns), {}, unseen};
    for (const std::string& name : encoder.columns) {
      const auto texts = texts_of(table, table.column(name));
      std::set<std::string> distinct;
      for (const auto& [value, text] : texts) distinct.insert(text);
      encoder.values.emplace_back(distinct.begin(), distinct.end());
    }
    encoder.validate();
    return encoder;
  }

  /// Throws std::invalid_argument for an unknown column, or if the name of a new column is taken.
  /// Throws FileError for an unseen text under Unseen::refuse. The table is then unchanged.
  void apply(CsvTable& table) const {
    validate();
    std::map<std::string_view, std::vector<Column>> replacements;
    for (std::size_t i = 0; i < columns.size(); ++i)
      replacements[columns[i]] = encode(table, table.column(columns[i]), values[i]);
    std::vector<Column> encoded;
    std::set<std::string> names;
    for (const Column& column : table.columns) {
      const auto found = replacements.find(column.name);
      const auto check = [&](const std::string& name) {
        require(names.insert(name).second, "OneHotEncoder::apply: column", name,
                "a name that is not yet in the table");
      };
      if (found == replacements.end()) {
        check(column.name);
      } else {
        for (const Column& part : found->second) check(part.name);
      }
    }
    for (Column& column : table.columns) {
      const auto found = replacements.find(column.name);
      if (found == replacements.end()) {
        encoded.push_back(std::move(column));
      } else {
        for (Column& part : found->second) encoded.push_back(std::move(part));
      }
    }
    table.columns = std::move(encoded);
  }

  /// Throws std::invalid_argument.
  void validate() const {
    require(values.size() == columns.size(), "OneHotEncoder::values.size()", values.size(),
            std::to_string(columns.size()) + ", as many as columns");
    require(std::set(columns.begin(), columns.end()).size() == columns.size(),
            "OneHotEncoder::columns", detail::listed(columns), "distinct names");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      require(!values[i].empty(), "OneHotEncoder::values of " + columns[i], "none", "at least one");
      require(std::set(values[i].begin(), values[i].end()).size() == values[i].size(),
              "OneHotEncoder::values of " + columns[i], detail::listed(values[i]), "distinct");
    }
  }

 private:
  /// The text of each distinct present value of a column.
  static std::map<double, std::string> texts_of(const CsvTable& table, const Column& column) {
    detail::require_names(table.name, column);
    std::map<double, std::string> texts;
    for (const double value : column.values) {
      if (is_nan(value) || texts.contains(value)) continue;
      if (detail::may_be_rounded(column, value))
        throw FileError{table.name + ": column '" + column.name + "': found " +
                        detail::to_text(value) + detail::why_rounded};
      texts[value] = column.type == ColumnType::text
                         ? column.vocabulary.at(static_cast<std::size_t>(value))
                         : detail::to_text(value);
    }
    return texts;
  }
  std::vector<Column> encode(const CsvTable& table, const Column& column,
                             const std::vector<std::string>& known) const {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::map<std::string_view, std::size_t> index_of_text;
    for (const std::string& text : known) index_of_text.emplace(text, index_of_text.size());
    std::map<double, std::size_t> index_of;  // by value; known.size() if unseen
    for (const auto& [value, text] : texts_of(table, column)) {
      const auto found = index_of_text.find(text);
      const std::size_t index = found == index_of_text.end() ? known.size() : found->second;
      if (index == known.size() && unseen == Unseen::refuse)
        throw FileError{
            table.name + ": row " +
            std::to_string(std::ranges::find(column.values, value) - column.values.begin()) +
            " (the first is 0), column '" + column.name + "': found '" + text +
            "', expected one of " + detail::listed(known) +
            ", as in training, or OneHotEncoder::unseen = Unseen::zeros"};
      index_of[value] = index;
    }
    std::vector<Column> parts;
    parts.reserve(known.size());
    for (const std::string& text : known)
      parts.push_back({column.name + "=" + text, ColumnType::integer,
                       std::vector<double>(column.values.size())});
    for (std::size_t row = 0; row < column.values.size(); ++row) {
      const double value = column.values[row];
      if (is_nan(value)) {
        for (Column& part : parts) part.values[row] = nan;
      } else if (const std::size_t index = index_of.at(value); index < parts.size()) {
        parts[index].values[row] = 1;
      }
    }
    return parts;
  }
};

}  // namespace tributary::inline v0_1
