// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <tributary/core/csv_field.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/observe/detail/plain_text.hpp>
#include <tributary/observe/evaluate.hpp>
#include <tributary/observe/history.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {
namespace detail {

/// JSON has no NaN and no infinity; they become null.
inline std::string json_text(double value) {
  return is_finite(value) ? shortest(value) : std::string{"null"};
}
inline std::string json_text(std::uint64_t value) { return shortest(value); }
inline std::string json_text(int value) { return shortest(value); }
inline std::string json_text(bool value) { return value ? "true" : "false"; }
inline std::string json_text(std::string_view plain) {
  std::string text = "\"";
  for (const char c : plain) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

/// A member of an object that has the same member of each element in an array.
template <class Element, class Value>
void append_json_column(std::string& json, std::string_view name,
                        const std::vector<Element>& elements, Value Element::*member) {
  if (json.back() != '{') json += ',';
  json += json_text(name) + ":[";
  for (const Element& element : elements) {
    if (json.back() != '[') json += ',';
    json += json_text(element.*member);
  }
  json += ']';
}

/// One array a column, all of the same length; the same for each metric.
inline std::string history_as_json(const History& history) {
  std::string json = "{";
  append_json_column(json, "version", history.rows, &History::Row::version);
  append_json_column(json, "worker", history.rows, &History::Row::worker);
  append_json_column(json, "staleness", history.rows, &History::Row::staleness);
  append_json_column(json, "loss", history.rows, &History::Row::loss);
  append_json_column(json, "accuracy", history.rows, &History::Row::accuracy);
  append_json_column(json, "events", history.rows, &History::Row::events);
  append_json_column(json, "seconds", history.rows, &History::Row::seconds);
  json += ",\"metrics\":{";
  for (const History::Metric& metric : history.metrics()) {
    if (json.back() != '{') json += ',';
    json += json_text(metric.name) + ":{";
    append_json_column(json, "version", metric.points, &MetricPoint::version);
    append_json_column(json, "events", metric.points, &MetricPoint::events);
    append_json_column(json, "seconds", metric.points, &MetricPoint::seconds);
    append_json_column(json, "value", metric.points, &MetricPoint::value);
    append_json_column(json, "returned", metric.points, &MetricPoint::returned);
    json += '}';
  }
  return json + "}}\n";
}

/// Calls write(cells) for each merge and each measurement, in the order of merges. The cells are
/// those of History::columns and of the metrics; absent ones are empty. number() writes a double.
template <class Number, class Write>
void for_each_record(const History& history, const Number& number, const Write& write) {
  struct Record {
    std::uint64_t version;
    std::size_t place;  // in this list before it is sorted
    const History::Row* row;
    std::size_t metric;
    const MetricPoint* point;
  };
  std::vector<Record> records;
  records.reserve(history.rows.size());
  for (const History::Row& row : history.rows)
    records.push_back({row.version, records.size(), &row, 0, nullptr});
  for (std::size_t metric = 0; metric < history.metrics().size(); ++metric) {
    for (const MetricPoint& point : history.metrics()[metric].points)
      records.push_back({point.version, records.size(), nullptr, metric, &point});
  }
  std::ranges::sort(records, {}, [](const Record& each) {
    return std::pair{each.version, each.place};
  });
  std::vector<std::string> cells;
  for (const auto& [version, place, row, metric, point] : records) {
    cells.assign(History::columns.size() + history.metrics().size(), "");
    cells[0] = json_text(version);
    cells[1] = json_text(row ? row->events : point->events);
    cells[2] = number(row ? row->seconds : point->seconds);
    if (row) {
      cells[3] = json_text(row->worker);
      cells[4] = json_text(row->staleness);
      cells[5] = number(row->loss);
      cells[6] = number(row->accuracy);
    } else {
      cells[7] = json_text(point->returned);
      cells[History::columns.size() + metric] = number(point->value);
    }
    write(cells);
  }
}

inline std::vector<std::string> history_columns(const History& history) {
  std::vector<std::string> names{History::columns.begin(), History::columns.end()};
  for (const History::Metric& metric : history.metrics()) names.push_back(metric.name);
  return names;
}

inline std::string history_as_json_lines(const History& history) {
  const std::vector<std::string> names = history_columns(history);
  std::string lines;
  const auto number = [](double value) { return json_text(value); };
  for_each_record(history, number, [&](const std::vector<std::string>& cells) {
    lines += '{';
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      if (lines.back() != '{') lines += ',';
      lines += json_text(names[i]) + ':' + cells[i];
    }
    lines += "}\n";
  });
  return lines;
}

/// By RFC 4180, but with a line feed alone at the end of a line.
inline std::string history_as_csv(const History& history) {
  std::string csv;
  for (const std::string& name : history_columns(history)) {
    if (!csv.empty()) csv += ',';
    append_field(csv, name);
  }
  csv += '\n';
  const auto number = [](double value) { return is_nan(value) ? std::string{} : shortest(value); };
  for_each_record(history, number, [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) csv += ',';
      csv += cells[i];
    }
    csv += '\n';
  });
  return csv;
}

}  // namespace detail

/// Writes a history atomically, in the format of the extension:
///
///   .json   an object with an array a column and the metrics, see to_json() in observe/json.hpp
///   .jsonl  JSON lines: an object for each merge and each measurement, in the order of merges
///   .csv    the same as a table; the columns are History::columns, then one for each metric
///
/// A merge has no `returned` and no metrics. A measurement has no worker, staleness, loss and
/// accuracy. NaN and infinity are null in JSON. In CSV, NaN is an empty cell. read_csv() and
/// pandas.read_csv read the table, and a column without its empty cells is a curve. Throws FileError, also for
/// another extension.
inline void save_history(const std::filesystem::path& path, const History& history) {
  const std::filesystem::path extension = path.extension();
  if (extension == ".json") {
    write_file_atomically(path, detail::history_as_json(history));
  } else if (extension == ".jsonl") {
    write_file_atomically(path, detail::history_as_json_lines(history));
  } else if (extension == ".csv") {
    write_file_atomically(path, detail::history_as_csv(history));
  } else {
    throw FileError{path.string() + ": found the extension '" + extension.string() +
                    "', expected .json, .jsonl or .csv"};
  }
}

}  // namespace tributary::inline v0_1
