// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/require.hpp>
#include <tributary/data/csv_table.hpp>
#include <vector>

namespace tributary::inline v0_1 {

enum class CsvHeader { present, absent };

/// Properties of a table that its file does not show.
struct CsvOptions {
  char separator = ',';  ///< ' ': columns aligned by any number of blanks and tabs.
  /// absent: the columns are named c0, c1, ... Empty: present. A first row of numbers alone is then
  /// refused as ambiguous; missing values and usual texts for them, such as NA, count as numbers.
  std::optional<CsvHeader> header = {};
  std::optional<double> missing = {};  ///< Number for "missing", such as -999.
  /// Texts for "missing", such as "NA", "?" or "null".
  std::vector<std::string> missing_texts = {};
  std::vector<std::string> text = {};  ///< Columns of text, even if they begin with numbers.

  /// Throws std::invalid_argument naming the field.
  void validate() const {
    constexpr std::string_view never = "\"\n\r.+-";
    const char c = separator;
    require(never.find(c) == never.npos && c != '\0' && !('0' <= c && c <= '9') &&
                !('a' <= c && c <= 'z') && !('A' <= c && c <= 'Z'),
            "CsvOptions::separator", c, "no character that numbers, quotes or lines have");
  }
};

/// Reads a table of numbers and texts by RFC 4180. Fields may be quoted; "" is a quote in a quoted
/// field. Lines end with LF or CRLF, or all with CR. Blanks around fields and empty lines at the
/// end are ignored. In a table of one column an empty line could be a missing value and is refused;
/// write "" there.
///
/// A field is missing if it is empty, NaN, CsvOptions::missing or one of missing_texts. The first
/// value of a column decides between numbers and texts. Numbers are integers up to the first one
/// that is not an integer of at most 2^53. Codes such as 01 are numbers too, unless
/// CsvOptions::text has their column; they are refused as names of classes. A pipe is read to its
/// end. Throws FileError with the file, the line, the column, the found text and the expected one.
/// Throws std::invalid_argument for an unknown column in the options.
CsvTable read_csv(const FileContents& file, const CsvOptions& options = {});
CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace tributary::inline v0_1

#ifndef TRIBUTARY_COMPILED
#include <tributary/data/csv.ipp>
#endif
