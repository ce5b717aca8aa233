#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/data/csv_table.hpp>
#include <utility>
#include <vector>

namespace tributary {

enum class CsvHeader { present, absent };

/// What cannot be seen from the file itself.
struct CsvOptions {
  char separator = ',';
  CsvHeader header = CsvHeader::present;  ///< absent: the columns are named c0, c1, ...
  std::optional<double> missing = {};     ///< A number that stands for "missing", such as -999.
  std::vector<std::string> text = {};     ///< Columns of text, even if they begin like numbers.
};

namespace detail {

/// The number that is all of `text`. Too small for a double is 0, too large is no number.
inline std::optional<double> parse_real(std::string_view text) {
  double value = 0;
#if defined(__cpp_lib_to_chars) || (defined(_LIBCPP_VERSION) && _LIBCPP_VERSION >= 200000)
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return {};
  if (error == std::errc{}) return value;
#endif
  // libc++ before 20 has no std::from_chars of a double; and none tells too small from too large.
  // std::strtod takes more forms than a table may have, and only the decimal point of its locale.
  constexpr std::string_view characters = "0123456789+-.eEaAfFiInNtTyY";  // of 1e5, inf, nan
  if (text.starts_with('+') || text.find_first_not_of(characters) != text.npos) return {};
  const std::string copy{text};
  char* last = nullptr;
  value = std::strtod(copy.c_str(), &last);
  const bool too_large =
      is_infinite(value) && text.find_first_of(characters.substr(0, 10)) != text.npos;
  if (copy.empty() || last != copy.c_str() + copy.size() || too_large) return {};
  return value;
}

/// Reads the bytes once from front to back. Between fields `at_` is at the separator or newline
/// behind the field, or at the end.
class CsvReader {
 public:
  CsvReader(const FileContents& file, const CsvOptions& options)
      : options_{options}, table_{file.name()} {
    table_.missing = options.missing;
    std::string_view bytes = file.bytes();
    if (file.is_gzip())
      throw FileError{table_.name +
                      ": is compressed by gzip, expected text: use read_csv(gunzip(file)), of "
                      "tributary/data/gzip.hpp"};
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);  // byte order mark
    while (bytes.ends_with('\n') || bytes.ends_with('\r')) bytes.remove_suffix(1);
    if (bytes.empty()) throw FileError{table_.name + ": is empty, expected a line of fields"};
    at_ = bytes.data();
    end_ = at_ + bytes.size();
  }

  CsvTable read() && {
    read_header();
    for (bool first = true; at_ < end_; first = false) {
      const char* const begin = at_;
      read_row();
      if (first)  // make room for as many rows of this length as there may be
        for (Column& column : table_.columns)
          column.values.reserve(static_cast<std::size_t>((end_ - begin) / (at_ - begin) + 1));
    }
    return std::move(table_);
  }

 private:
  /// What the reader knows of a column besides the Column.
  struct State {
    bool typed = false;  ///< A value, or CsvOptions::text, has decided the type.
    std::map<std::string, double, std::less<>> index_of_text = {};
  };

  void read_header() {
    const char* const begin = at_;
    do {
      std::string name{next_field()};
      if (options_.header == CsvHeader::absent) name = std::string{"c"} + std::to_string(field_);
      if (table_.find(name)) fail("found " + quote(name) + " again, expected another name");
      table_.columns.push_back({std::move(name)});
    } while (skip_separator());
    skip_newline();
    if (options_.header == CsvHeader::absent) at_ = begin, line_ = 1;

    states_.resize(table_.columns.size());
    for (const std::string& name : options_.text) {
      require(table_.find(name), "CsvOptions::text", name, table_.column_names());
      const auto index = static_cast<std::size_t>(table_.find(name) - table_.columns.data());
      table_.columns[index].type = ColumnType::text;
      states_[index].typed = true;
    }
  }

  void read_row() {
    const std::size_t expected = table_.columns.size();
    do {
      const std::string_view text = next_field();
      if (field_ == expected)
        fail("found " + quote(text) + ", expected the end of the row after " +
             std::to_string(expected) + " fields");
      store(table_.columns[field_], states_[field_], text);
    } while (skip_separator());
    if (++field_ < expected)
      fail("found the end of the row after " + std::to_string(field_) + " fields, expected " +
           std::to_string(expected));
    skip_newline();
  }

  /// The first value decides whether a column is of numbers or of texts, so that a broken number
  /// is an error where it stands and does not turn its column into text.
  void store(Column& column, State& state, std::string_view text) {
    bool whole = false;
    const std::optional<double> number = parse_number(text, whole);
    if (text.empty() ||
        (number && (is_nan(*number) || (options_.missing && *number == *options_.missing)))) {
      column.values.push_back(std::numeric_limits<double>::quiet_NaN());
      return;
    }
    if (!state.typed) {
      state.typed = true;
      column.type = !number ? ColumnType::text : whole ? ColumnType::integer : ColumnType::real;
    }
    if (column.type == ColumnType::text) {
      auto found = state.index_of_text.find(text);
      if (found == state.index_of_text.end()) {
        const auto next = static_cast<double>(column.vocabulary.size());
        found = state.index_of_text.emplace(column.vocabulary.emplace_back(text), next).first;
      }
      column.values.push_back(found->second);
      return;
    }
    if (!number)
      fail("found " + quote(text) +
           ", expected a number as in the rows before (a column of texts is named in "
           "CsvOptions::text)");
    if (!whole) column.type = ColumnType::real;
    column.values.push_back(*number);
  }

  /// `whole` tells whether it is an integer that a double holds exactly.
  static std::optional<double> parse_number(std::string_view text, bool& whole) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    std::int64_t integer = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
    constexpr auto limit = std::int64_t{1} << std::numeric_limits<double>::digits;
    whole = error == std::errc{} && end == text.data() + text.size() && -limit <= integer &&
            integer <= limit;
    return whole ? static_cast<double>(integer) : parse_real(text);
  }

  /// Valid until the next call.
  std::string_view next_field() {
    while (at_ < end_ && is_blank(*at_)) ++at_;
    if (at_ < end_ && *at_ == '"') return next_quoted_field();
    const char* const begin = at_;
    while (at_ < end_ && *at_ != options_.separator && *at_ != '\n') ++at_;
    const char* end = at_;
    while (end > begin && is_blank(end[-1])) --end;
    return {begin, end};
  }
  std::string_view next_quoted_field() {
    const std::size_t first_line = line_;
    unquoted_.clear();
    for (++at_; at_ < end_; ++at_) {
      if (*at_ == '\n') ++line_;
      if (*at_ == '"' && (++at_ == end_ || *at_ != '"')) {  // "" is a quote, " the last one
        const char* const begin = at_;
        while (at_ < end_ && is_blank(*at_)) ++at_;
        if (at_ < end_ && *at_ != options_.separator && *at_ != '\n')
          fail("found " + quote({begin, end_}) + " behind a closing quote, expected '" +
               options_.separator + "'");
        return unquoted_;
      }
      unquoted_.push_back(*at_);
    }
    line_ = first_line;
    fail("found " + quote('"' + unquoted_) + ", expected a closing quote");
  }
  bool is_blank(char c) const {
    return (c == ' ' || c == '\t' || c == '\r') && c != options_.separator;
  }
  bool skip_separator() {
    const bool more = at_ < end_ && *at_ == options_.separator;
    if (more) ++at_, ++field_;
    return more;
  }
  void skip_newline() {
    if (at_ < end_) ++at_, ++line_;
    field_ = 0;
  }

  static std::string quote(std::string_view text) {
    constexpr std::size_t enough = 40;
    text = text.substr(0, text.find('\n'));
    std::string quoted{"'"};
    return quoted.append(text.substr(0, enough)).append(text.size() > enough ? "...'" : "'");
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw FileError{table_.name + ":" + std::to_string(line_) + ": column " +
                    (field_ < table_.columns.size() ? quote(table_.columns[field_].name)
                                                    : std::to_string(field_ + 1)) +
                    ": " + what};
  }

  const CsvOptions& options_;
  CsvTable table_;
  std::vector<State> states_;  ///< One a column.
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::size_t line_ = 1;
  std::size_t field_ = 0;  ///< In its row.
  std::string unquoted_;
};

}  // namespace detail

/// Reads a table of numbers and texts, as RFC 4180 has it: fields may be quoted, "" is a quote in
/// a quoted field, lines end with LF or CRLF. Blanks around fields and empty lines at the end do
/// not count. Whatever is empty, NaN or CsvOptions::missing is missing. The first value of a
/// column tells numbers from texts; numbers are integers up to the first that is not an integer
/// of at most 2^53. Throws FileError, which names the file, the line, the column, what was found
/// and what was expected; std::invalid_argument for an unknown column in the options.
inline CsvTable read_csv(const FileContents& file, const CsvOptions& options = {}) {
  return detail::CsvReader{file, options}.read();
}
inline CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
  return read_csv(FileContents{path}, options);
}

}  // namespace tributary
