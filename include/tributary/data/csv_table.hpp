// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <vector>

namespace tributary::inline v0_1 {

enum class ColumnType { integer, real, text };

/// One column of a table. A missing value is NaN, also in a column of texts.
struct Column {
  std::string name = {};
  ColumnType type = ColumnType::real;
  /// One a row; for a text its index in `vocabulary`.
  std::vector<double> values = {};
  std::vector<std::string> vocabulary = {};  ///< The distinct texts, in order of appearance.
  /// For texts, the line of the first text value; 0 if CsvOptions::text has the column.
  std::size_t first_text_line = 0;
  /// For numbers, the line of the first one with a leading zero, such as 01, which is read as 1; 0
  /// if none.
  std::size_t first_padded_line = 0;
};

namespace detail {

/// The shortest decimal that reads back as the same double; whole numbers without an exponent.
inline std::string to_text(double value) {
  value += 0.0;  // -0 becomes 0
  char text[32];
  const bool whole = std::abs(value) < 1e15 && value == std::trunc(value);
  const auto end = whole ? std::to_chars(text, text + sizeof text, value, std::chars_format::fixed)
                         : std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

/// Whether a whole number may be rounded: a double is exact up to 2^53.
inline bool may_be_rounded(const Column& column, double value) {
  return column.type == ColumnType::real && std::abs(value) >= 0x1p53;
}
inline constexpr const char* why_rounded =
    ", to which several numbers of the file may be rounded, expected whole numbers of at "
    "most 2^53, or the column in CsvOptions::text";

/// For a column whose values are names, such as those of classes. Throws FileError for numbers with
/// a leading zero, as 01 and 1 would share a name. 1, 1.0 and +1 are one number.
inline void require_names(const std::string& table, const Column& column) {
  if (column.first_padded_line > 0 && column.type != ColumnType::text)
    throw FileError{
        table + ":" + std::to_string(column.first_padded_line) + ": column '" + column.name +
        "': found a number with a leading zero, expected none, as 01 and 1 would share a "
        "name: list the column in CsvOptions::text"};
}

}  // namespace detail

/// A table read from a file.
struct CsvTable {
  std::string name = {};  ///< Name of the file, for messages.
  std::vector<Column> columns = {};
  std::optional<double> missing = {};  ///< CsvOptions::missing at reading.

  std::size_t rows() const noexcept { return columns.empty() ? 0 : columns.front().values.size(); }

  /// Null for an unknown column.
  const Column* find(std::string_view column_name) const noexcept {
    const auto found = std::ranges::find(columns, column_name, &Column::name);
    return found == columns.end() ? nullptr : &*found;
  }
  /// Throws std::invalid_argument with the known columns for an unknown one.
  const Column& column(std::string_view column_name) const {
    const Column* const found = find(column_name);
    if (!found) require(false, "CsvTable::column", column_name, column_names());
    return *found;
  }
  /// For example "a column of higgs.csv: EventId, Weight, Label".
  std::string column_names() const {
    std::string names = "a column of " + name;
    for (const Column& column : columns)
      names.append(&column == columns.data() ? ": " : ", ").append(column.name);
    return names;
  }

  /// The rows as printable text with aligned columns: numbers with six digits, "-" for a missing
  /// value. csv_text() has all digits.
  std::string text() const {
    std::vector<std::vector<std::string>> lines(1 + rows());
    std::vector<bool> left;
    for (const Column& column : columns) {
      left.push_back(column.type == ColumnType::text);
      lines[0].push_back(column.name);
      for (std::size_t row = 0; row < rows(); ++row)
        lines[1 + row].push_back(printed(column, column.values.at(row)));
    }
    return aligned(lines, left);
  }

  /// A printable summary. It has the name, type and number of missing values of each column, and
  /// the range of its numbers or the number of its distinct texts.
  std::string schema() const {
    std::vector<std::vector<std::string>> lines{{"column", "type", "missing", "min", "max"}};
    for (const Column& column : columns) lines.push_back(describe(column));
    return name + ": " + std::to_string(rows()) + " rows, " + std::to_string(columns.size()) +
           " columns\n" + aligned(lines, {true, true, false, false, false});
  }

 private:
  /// The columns are aligned at their left or right.
  static std::string aligned(const std::vector<std::vector<std::string>>& lines,
                             const std::vector<bool>& left) {
    std::vector<std::size_t> widths(left.size());
    for (const auto& line : lines)
      for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
    std::string text;
    for (const auto& line : lines) {
      for (std::size_t i = 0; i < line.size(); ++i) {
        const std::string padding(widths[i] - line[i].size(), ' ');
        text.append(i == 0 ? "" : "  ").append(left[i] ? line[i] + padding : padding + line[i]);
      }
      text.append("\n");
    }
    return text;
  }
  static std::string printed(const Column& column, double value) {
    if (is_nan(value)) return "-";
    if (column.type == ColumnType::text)
      return column.vocabulary.at(static_cast<std::size_t>(value));
    if (column.type == ColumnType::integer) return detail::to_text(value);
    char text[32];
    const auto end =
        std::to_chars(text, text + sizeof text, value + 0.0, std::chars_format::general, 6).ptr;
    return {text, end};
  }
  static std::vector<std::string> describe(const Column& column) {
    constexpr std::string_view types[] = {"integer", "real", "text"};
    std::size_t missing = 0;
    double least = HUGE_VAL, greatest = -HUGE_VAL;
    for (const double value : column.values) {
      if (is_nan(value)) {
        ++missing;
        continue;
      }
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    std::vector<std::string> line{column.name, std::string{types[static_cast<int>(column.type)]},
                                  std::to_string(missing)};
    if (column.type == ColumnType::text) {
      line.push_back(std::to_string(column.vocabulary.size()) + " distinct");
    } else if (missing < column.values.size()) {
      line.push_back(detail::to_text(least));
      line.push_back(detail::to_text(greatest));
    }
    return line;
  }
};

}  // namespace tributary::inline v0_1
