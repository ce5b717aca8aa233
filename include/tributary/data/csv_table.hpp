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

/// One column of a table. NaN is a missing value, of texts too.
struct Column {
  std::string name;
  ColumnType type = ColumnType::real;
  std::vector<double> values = {};           ///< One a row; of a text: its index in `vocabulary`.
  std::vector<std::string> vocabulary = {};  ///< The distinct texts, as they appeared.
  /// Of texts: the line of the cell that made it a column of texts; 0 if the reader was told so.
  std::size_t first_text_line = 0;
  /// Of numbers: the line of the first one with a zero in front, such as 01, which is 1 here; 0: none.
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

/// Whether a whole number of a column may be another one in the file: doubles hold those up to 2^53.
inline bool may_be_rounded(const Column& column, double value) {
  return column.type == ColumnType::real && std::abs(value) >= 0x1p53;
}
inline constexpr const char* why_rounded =
    ", which may be several numbers of the file, expected whole numbers of at most 2^53, or "
    "CsvOptions::text with the column";

/// Of a table's column whose values are to be names, of classes for instance. Throws FileError where
/// numbers have a zero in front: 01 and 1 would be one name. 1, 1.0 and +1 are one number.
inline void require_names(const std::string& table, const Column& column) {
  if (column.first_padded_line > 0 && column.type != ColumnType::text)
    throw FileError{
        table + ":" + std::to_string(column.first_padded_line) + ": column '" + column.name +
        "': found a number with a zero in front, which has the same name without it (01 "
        "and 1), expected none, or CsvOptions::text with the column"};
}

}  // namespace detail

/// A table as it was read from a file.
struct CsvTable {
  std::string name;  ///< Of the file, for messages.
  std::vector<Column> columns = {};
  std::optional<double> missing = {};  ///< CsvOptions::missing, with which it was read.

  std::size_t rows() const noexcept { return columns.empty() ? 0 : columns.front().values.size(); }

  /// Null if there is no such column.
  const Column* find(std::string_view column_name) const noexcept {
    const auto found = std::ranges::find(columns, column_name, &Column::name);
    return found == columns.end() ? nullptr : &*found;
  }
  /// Throws std::invalid_argument, which lists the columns there are.
  const Column& column(std::string_view column_name) const {
    const Column* const found = find(column_name);
    if (!found) require(false, "CsvTable::column", column_name, column_names());
    return *found;
  }
  /// Such as "a column of higgs.csv: EventId, Weight, Label".
  std::string column_names() const {
    std::string names = "a column of " + name;
    for (const Column& column : columns)
      names.append(&column == columns.data() ? ": " : ", ").append(column.name);
    return names;
  }

  /// Printable: of each column the name, the type, how many values are missing, and the range of
  /// its numbers or the number of its distinct texts.
  std::string schema() const {
    std::vector<std::vector<std::string>> lines{{"column", "type", "missing", "min", "max"}};
    for (const Column& column : columns) lines.push_back(describe(column));
    std::vector<std::size_t> widths(lines.front().size());
    for (const auto& line : lines)
      for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());

    std::string text = name + ": " + std::to_string(rows()) + " rows, " +
                       std::to_string(columns.size()) + " columns\n";
    for (const auto& line : lines) {
      for (std::size_t i = 0; i < line.size(); ++i) {
        const std::string padding(widths[i] - line[i].size(), ' ');
        const bool is_name = i < 2;  // to the left; numbers to the right
        text.append(i == 0 ? "" : "  ").append(is_name ? line[i] + padding : padding + line[i]);
      }
      text.append("\n");
    }
    return text;
  }

 private:
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
