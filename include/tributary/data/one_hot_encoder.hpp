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

/// What a text is that was not there in the training.
enum class Unseen {
  refuse,  ///< An error.
  zeros,   ///< None of those that were there: 0 in all columns.
};

/// Makes features of texts: for each text that a column has in the training, a column "name=text" that
/// is 1 where it stands and 0 elsewhere. A missing text stays missing, NaN in all of them. Keep it, as
/// a scaler: every other table has to be encoded as that of the training was.
///
///   const auto encoder = OneHotEncoder::fit(training, {"workclass", "sex"});
///   encoder.apply(training);
///   encoder.apply(test);
struct OneHotEncoder {
  std::vector<std::string> columns;              ///< Those that it replaces.
  std::vector<std::vector<std::string>> values;  ///< Of each, sorted: the columns it becomes.
  Unseen unseen = Unseen::refuse;

  /// Columns of numbers will do too, such as codes: 1 and 1.0 are one. Throws std::invalid_argument for
  /// a column that is not there, or without any value; FileError for a code beyond 2^53, or with a zero
  /// in front such as 01, which are to be read as texts.
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

  /// Throws std::invalid_argument for a column that is not there, or for a new one whose name is
  /// taken; FileError for an unseen text, if that is to be refused. Then the table is as before.
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
                "a name that the table does not have yet");
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
            "OneHotEncoder::columns", detail::listed(columns), "names that are all different");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      require(!values[i].empty(), "OneHotEncoder::values of " + columns[i], "none", "one at least");
      require(std::set(values[i].begin(), values[i].end()).size() == values[i].size(),
              "OneHotEncoder::values of " + columns[i], detail::listed(values[i]), "all different");
    }
  }

 private:
  /// The texts of the distinct values of a column that are there.
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
    std::map<std::string_view, std::size_t> place_of_text;
    for (const std::string& text : known) place_of_text.emplace(text, place_of_text.size());
    std::map<double, std::size_t> place_of;  // of each distinct value, known.size() if unseen
    for (const auto& [value, text] : texts_of(table, column)) {
      const auto found = place_of_text.find(text);
      const std::size_t place = found == place_of_text.end() ? known.size() : found->second;
      if (place == known.size() && unseen == Unseen::refuse)
        throw FileError{
            table.name + ": row " +
            std::to_string(std::ranges::find(column.values, value) - column.values.begin()) +
            " (the first is 0), column '" + column.name + "': found '" + text +
            "', expected one of " + detail::listed(known) +
            ", as in the training, or OneHotEncoder::unseen = Unseen::zeros"};
      place_of[value] = place;
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
      } else if (const std::size_t place = place_of.at(value); place < parts.size()) {
        parts[place].values[row] = 1;
      }
    }
    return parts;
  }
};

}  // namespace tributary::inline v0_1
