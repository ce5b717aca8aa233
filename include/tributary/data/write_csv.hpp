// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <tributary/core/csv_field.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/data/csv_table.hpp>
#include <tributary/data/events.hpp>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

/// Throws std::invalid_argument unless all columns have a name of their own and one value a row, and
/// texts that read_csv() takes as such.
inline void check_table(const CsvTable& table) {
  require(!table.columns.empty(), "CsvTable::columns", "none", "at least one");
  std::vector<std::string> names;
  for (const Column& column : table.columns) {
    const std::string field = "CsvTable: column '" + column.name + "'";
    names.push_back(column.name);
    require(column.values.size() == table.rows(), field + ": values.size()", column.values.size(),
            std::to_string(table.rows()) + ", as in the first column");
    if (column.type != ColumnType::text) continue;
    for (const std::string& text : column.vocabulary)
      require(!text.empty() && text.find('\0') == text.npos, field + ": a text", "\"" + text + "\"",
              "without bytes of value 0, and not empty, as that is a missing value");
    for (const double value : column.values)
      if (!is_nan(value) && !(value >= 0 && value < static_cast<double>(column.vocabulary.size()) &&
                              value == std::trunc(value)))
        require(false, field + ": a value", value, "NaN or an index in its vocabulary");
  }
  require_all_different(names, "CsvTable::columns");
}

}  // namespace detail

/// The table as text for read_csv(), which reads the same names, numbers (every bit of a double but
/// the sign of 0) and texts. A missing value is an empty field. List columns whose texts look like
/// numbers in CsvOptions::text when reading. Throws std::invalid_argument for a table that cannot be
/// read back: columns of one name or of different lengths, or empty texts.
inline std::string csv_text(const CsvTable& table) {
  detail::check_table(table);
  const bool lonely = table.columns.size() == 1;  // where an empty line would be no row
  std::string all;
  const auto end_field = [&](const Column& column) {
    all += &column == &table.columns.back() ? '\n' : ',';
  };
  for (const Column& column : table.columns) {
    detail::append_field(all, column.name);
    end_field(column);
  }
  for (std::size_t row = 0; row < table.rows(); ++row)
    for (const Column& column : table.columns) {
      const double value = column.values[row];
      if (is_nan(value)) {
        all += lonely ? "\"\"" : "";
      } else if (column.type == ColumnType::text) {
        detail::append_field(all, column.vocabulary[static_cast<std::size_t>(value)]);
      } else {
        all += detail::to_text(value);
      }
      end_field(column);
    }
  return all;
}

/// Writes csv_text() to a file, atomically. Throws FileError with the file, and
/// std::invalid_argument like csv_text().
inline void write_csv(const std::filesystem::path& path, const CsvTable& table) {
  write_file_atomically(path, csv_text(table));
}

}  // namespace tributary::inline v0_1
