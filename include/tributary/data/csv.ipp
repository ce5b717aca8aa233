// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/data/csv.hpp>
#include <tributary/data/csv_table.hpp>
#include <utility>
#include <vector>
#if __has_include(<xlocale.h>)  // BSD's and macOS' place of strtod_l
#include <xlocale.h>
#endif

namespace tributary::inline v0_1 {

namespace detail {

/// Parses all of `text`. Underflow gives 0, overflow is not a number.
inline std::optional<double> parse_real(std::string_view text) {
  double value = 0;
#if defined(__cpp_lib_to_chars) || (defined(_LIBCPP_VERSION) && _LIBCPP_VERSION >= 200000)
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return {};
  if (error == std::errc{}) return value;
#endif
  // libc++ before 20 has no std::from_chars for double, and no version tells underflow from
  // overflow. strtod accepts more forms than a table may have; in the C locale it takes a decimal
  // point.
  constexpr std::string_view characters = "0123456789+-.eEaAfFiInNtTyY";  // as in 1e5, inf, nan
  if (text.starts_with('+') || text.find_first_not_of(characters) != text.npos) return {};
  const std::string copy{text};
  char* last = nullptr;
  static const locale_t c_locale = ::newlocale(LC_ALL_MASK, "C", nullptr);
  value = ::strtod_l(copy.c_str(), &last, c_locale);
  const bool too_large =
      is_infinite(value) && text.find_first_of(characters.substr(0, 10)) != text.npos;
  if (copy.empty() || last != copy.c_str() + copy.size() || too_large) return {};
  return value;
}

/// Reads the bytes once from front to back. Between fields, `at_` is at the separator or newline
/// after the field, or at the end.
class CsvReader {
 public:
  CsvReader(const FileContents& file, const CsvOptions& options)
      : options_{options},
        aligned_{options.separator == ' '},
        missing_texts_(options.missing_texts.begin(), options.missing_texts.end()),
        table_{file.name()} {
    options.validate();
    table_.missing = options.missing;
    std::string_view bytes = file.bytes();
    if (file.is_gzip())
      throw FileError{table_.name +
                      ": is compressed by gzip, expected text: use read_csv(gunzip(file)), of "
                      "tributary/data/gzip.hpp"};
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff"))
      throw FileError{table_.name +
                      ": is UTF-16, expected UTF-8: convert it, as by iconv -f UTF-16 -t UTF-8"};
    if (const auto at = bytes.find('\0'); at != bytes.npos)
      throw FileError{table_.name + ":" +
                      std::to_string(1 + std::ranges::count(bytes.substr(0, at), '\n')) +
                      ": found a byte of value 0, expected text: is this UTF-16, or not a table?"};
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);  // byte order mark
    if (bytes.find('\n') == bytes.npos && bytes.find('\r') != bytes.npos) newline_ = '\r';
    const auto is_end = [this](char c) {
      return c == '\n' || c == '\r' || (aligned_ && (c == ' ' || c == '\t'));
    };
    std::ptrdiff_t line_ends = 0;
    for (; !bytes.empty() && is_end(bytes.back()); bytes.remove_suffix(1))
      line_ends += bytes.back() == newline_;
    ends_empty_ = line_ends > 1;
    if (bytes.empty()) throw FileError{table_.name + ": is empty, expected a line of fields"};
    const auto ends = [this](char c) { ends_field_[static_cast<unsigned char>(c)] = true; };
    ends(options.separator);
    ends(newline_);
    if (aligned_) ends('\t');
    at_ = bytes.data();
    end_ = at_ + bytes.size();
  }

  CsvTable read() && {
    read_header();
    const char* const begin = at_;
    constexpr std::ptrdiff_t enough = 1000;  // rows to estimate the average length
    for (std::ptrdiff_t rows = 1; at_ < end_; ++rows) {
      read_row();
      if (rows != enough) continue;
      const std::ptrdiff_t expected = (end_ - begin) / ((at_ - begin) / enough) + 1;
      for (Column& column : table_.columns)
        column.values.reserve(static_cast<std::size_t>(expected));
    }
    if (ends_empty_ && table_.columns.size() == 1) {
      ++line_;
      fail_at_empty_line();
    }
    return std::move(table_);
  }

 private:
  /// The reader's own state of a column.
  struct State {
    bool typed = false;  ///< The type is set, by a value or by CsvOptions::text.
    std::map<std::string, double, std::less<>> index_of_text = {};
  };

  void read_header() {
    const char* const begin = at_;
    const bool absent = options_.header == CsvHeader::absent;
    std::set<std::string> names;
    bool no_names = true, has_number = false, whole = false, empty = false;
    std::optional<std::size_t> again;  // the first column with a repeated name
    do {
      std::string name{next_field()};
      empty = name.empty() && !quoted_;
      const bool is_number = parse_number(name, whole).has_value();
      has_number |= is_number;
      no_names &= is_number || may_be_missing(name) || missing_texts_.contains(name);
      if (absent) {
        name = std::string{"c"} + std::to_string(field_);
      } else {
        require_one_line(name);
        if (!names.insert(name).second && !again) again = field_;
      }
      table_.columns.push_back({std::move(name)});
    } while (skip_separator());
    if (empty && table_.columns.size() == 1) fail_at_empty_line();
    if (no_names && has_number && !options_.header) {
      field_ = 0;
      fail(
          "found numbers alone in the first row, expected names; for data, set "
          "CsvOptions{.header = CsvHeader::absent}, for names CsvHeader::present");
    }
    if (again) {
      field_ = *again;
      const std::string name = table_.columns[field_].name;
      table_.columns.resize(field_);  // so that the message gives its number
      fail("found " + quote(name) + " again, expected another name");
    }
    skip_newline();
    if (absent) at_ = begin, line_ = 1;

    states_.resize(table_.columns.size());
    const std::set<std::string_view> text(options_.text.begin(), options_.text.end());
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (text.contains(table_.columns[i].name)) {
        table_.columns[i].type = ColumnType::text;
        states_[i].typed = true;
      }
    for (const std::string& name : options_.text)
      if (!table_.find(name)) require(false, "CsvOptions::text", name, table_.column_names());
  }

  void read_row() {
    const std::size_t expected = table_.columns.size();
    do {
      const std::string_view text = next_field();
      if (field_ == expected)
        fail("found " + quote(text) + ", expected the end of the row after " +
             std::to_string(expected) + " fields");
      if (expected == 1 && text.empty() && !quoted_ && !missing_texts_.contains(""))
        fail_at_empty_line();
      store(table_.columns[field_], states_[field_], text);
    } while (skip_separator());
    if (++field_ < expected)
      fail("found the end of the row after " + std::to_string(field_) + " fields, expected " +
           std::to_string(expected));
    skip_newline();
  }

  /// The first value decides whether a column has numbers or texts. A broken number is then an
  /// error at its place and does not turn the column into text.
  void store(Column& column, State& state, std::string_view text) {
    bool whole = false;
    const std::optional<double> number = parse_number(text, whole);
    if (text.empty() ||
        (number && (is_nan(*number) || (options_.missing && *number == *options_.missing))) ||
        (!missing_texts_.empty() && missing_texts_.contains(text))) {
      column.values.push_back(std::numeric_limits<double>::quiet_NaN());
      return;
    }
    if (!state.typed) {
      state.typed = true;
      column.type = !number ? ColumnType::text : whole ? ColumnType::integer : ColumnType::real;
      if (!number) column.first_text_line = line_;
    }
    if (column.type == ColumnType::text) {
      auto found = state.index_of_text.find(text);
      if (found == state.index_of_text.end()) {
        require_one_line(text);
        const auto next = static_cast<double>(column.vocabulary.size());
        found = state.index_of_text.emplace(column.vocabulary.emplace_back(text), next).first;
      }
      column.values.push_back(found->second);
      return;
    }
    if (!number)
      fail("found " + quote(text) +
           ", expected a number as in the rows before (list columns of texts in "
           "CsvOptions::text, and texts for \"missing\" in CsvOptions::missing_texts)");
    if (!whole) column.type = ColumnType::real;
    if (column.first_padded_line == 0 && is_padded(text)) column.first_padded_line = line_;
    column.values.push_back(*number);
  }

  /// Whether the text commonly stands for a missing value, in upper or lower case.
  static bool may_be_missing(std::string text) {
    for (char& c : text)
      if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    constexpr std::string_view usual[] = {"", "na", "n/a", "nan", "null", "none", "?", "-"};
    return std::ranges::find(usual, text) != std::end(usual);
  }

  /// Whether the number has a leading zero.
  static bool is_padded(std::string_view number) {
    if (number[0] == '-' || number[0] == '+') number.remove_prefix(1);
    return number.size() > 1 && number[0] == '0' && '0' <= number[1] && number[1] <= '9';
  }

  /// Sets `whole` if the number is an integer that a double holds exactly.
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
    while (at_ < end_ && !ends_field(*at_)) ++at_;
    const char* end = at_;
    while (end > begin && is_blank(end[-1])) --end;
    quoted_ = false;
    return {begin, end};
  }
  std::string_view next_quoted_field() {
    const std::size_t first_line = line_;
    unquoted_.clear();
    for (++at_; at_ < end_; ++at_) {
      if (*at_ == newline_) ++line_;
      if (*at_ == '"' && (++at_ == end_ || *at_ != '"')) {  // "" is a quote, a single " the end
        const char* const begin = at_;
        while (at_ < end_ && is_blank(*at_) && !aligned_) ++at_;
        if (at_ < end_ && !ends_field(*at_) && !(aligned_ && is_blank(*at_)))
          fail("found " + quote({begin, end_}) + " after a closing quote, expected '" +
               options_.separator + "'");
        quoted_ = true;
        return unquoted_;
      }
      unquoted_.push_back(*at_);
    }
    line_ = first_line;
    fail("found " + quote('"' + unquoted_) + ", expected a closing quote");
  }
  bool is_blank(char c) const {
    return (c == ' ' || c == '\t' || c == '\r') && c != newline_ &&
           (c != options_.separator || aligned_);
  }
  bool ends_field(char c) const { return ends_field_[static_cast<unsigned char>(c)]; }
  bool skip_separator() {
    if (aligned_) {
      const char* const begin = at_;
      while (at_ < end_ && is_blank(*at_)) ++at_;
      if (at_ == begin || at_ == end_ || *at_ == newline_) return false;
      ++field_;
      return true;
    }
    const bool more = at_ < end_ && *at_ == options_.separator;
    if (more) ++at_, ++field_;
    return more;
  }
  /// A CR of another system's line ends may only occur in a quoted field.
  void require_one_line(std::string_view text) const {
    if (!quoted_ && text.find('\r') != text.npos)
      fail("found a CR in " + quote(text) + ", expected lines that all end alike, with LF or CRLF");
  }
  void skip_newline() {
    if (at_ < end_) ++at_, ++line_;
    field_ = 0;
  }

  static std::string quote(std::string_view text) {
    constexpr std::size_t enough = 40;
    text = text.substr(0, text.find_first_of("\n\r"));
    std::string quoted{"'"};
    return quoted.append(text.substr(0, enough)).append(text.size() > enough ? "...'" : "'");
  }
  /// Refuses an empty line in a table of one column, where it may be a missing value or no row.
  [[noreturn]] void fail_at_empty_line() const {
    fail(
        "found an empty line, expected a value: write a missing one as \"\" or a text of "
        "CsvOptions::missing_texts, and delete a line that is not a row");
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw FileError{table_.name + ":" + std::to_string(line_) + ": column " +
                    (field_ < table_.columns.size() ? quote(table_.columns[field_].name)
                                                    : std::to_string(field_ + 1)) +
                    ": " + what};
  }

  const CsvOptions& options_;
  const bool aligned_;  ///< Any number of blanks separates two fields.
  const std::set<std::string, std::less<>> missing_texts_;
  CsvTable table_;
  std::vector<State> states_;  ///< One a column.
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::size_t line_ = 1;
  std::size_t field_ = 0;               ///< Index in its row.
  char newline_ = '\n';                 ///< Or CR, where there is no LF.
  bool quoted_ = false;                 ///< For the last field.
  bool ends_empty_ = false;             ///< Empty lines at the end are ignored.
  std::array<bool, 256> ends_field_{};  ///< By character.
  std::string unquoted_;
};

}  // namespace detail

TRIBUTARY_INLINE CsvTable read_csv(const FileContents& file, const CsvOptions& options) {
  return detail::CsvReader{file, options}.read();
}
TRIBUTARY_INLINE CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  return read_csv(FileContents{path}, options);
}

}  // namespace tributary::inline v0_1
