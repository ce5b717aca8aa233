#include <tributary/data/write_csv.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <tributary/core/random.hpp>
#include <tributary/data/csv.hpp>
#include <tributary/data/prediction_table.hpp>
#include <vector>

#include "support.hpp"

using namespace tributary;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
using Texts = std::vector<std::string>;

CsvTable read(const std::string& text, const CsvOptions& options = {}) {
  return read_csv(FileContents{"x.csv", text}, options);
}
std::string refusal(const CsvTable& table) {
  return message_of<std::invalid_argument>([&] { csv_text(table); });
}
Events two_events() {
  return {.features = Matrix<float>::Zero(1, 2),
          .labels = {1, 0},
          .weights = Vector<float>{{0.1f, -2}},
          .classes = {"b", "s"},
          .event_numbers = {100000, 1ull << 53}};
}
const Matrix<float> scores{{0.25f, 0.9f}, {0.75f, 0.1f}};
std::string predictions_refused(const Matrix<float>& found, const Events& events, Texts classes) {
  return message_of<std::invalid_argument>([&] { prediction_table(found, events, classes); });
}

}  // namespace

TEST_CASE("every double is read back with the same bits") {
  CsvTable table{.columns = {{.name = "x"}, {.name = "y", .type = ColumnType::real}}};
  Rng rng = Seed{1}.rng();
  std::vector<double>& x = table.columns[0].values;
  for (const double edge :
       {5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1e15, 1e16,
        9007199254740993.0, -123456789012345678.0, HUGE_VAL, -HUGE_VAL, static_cast<double>(0.1f)})
    x.push_back(edge);
  while (x.size() < 20'000) {
    const std::uint64_t bits = rng();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isnan(value)) x.push_back(value);
  }
  table.columns[1].values.assign(x.size(), missing);
  const CsvTable again = read(csv_text(table));
  CHECK(again.columns[0].values == x);
  CHECK(again.columns[1].name == "y");
  CHECK(std::isnan(again.columns[1].values.back()));
}

TEST_CASE("texts with separators, quotes, blanks and line ends are read back") {
  const CsvTable table{.columns = {{.name = "a, \"b\"",
                                    .type = ColumnType::text,
                                    .values = {0, 1, 2, missing, 3, 0},
                                    .vocabulary = {"x,y", " \"q\"", "two\r\nlines ", "plain"}}}};
  const std::string text = csv_text(table);
  CHECK(text ==
        "\"a, \"\"b\"\"\"\n\"x,y\"\n\" \"\"q\"\"\"\n\"two\r\nlines \"\n\"\"\nplain\n\"x,y\"\n");
  const CsvTable again = read(text);
  CHECK(again.columns[0].name == "a, \"b\"");
  CHECK(again.columns[0].vocabulary == table.columns[0].vocabulary);
  CHECK(again.columns[0].values[2] == 2);
  CHECK(std::isnan(again.columns[0].values[3]));
  CHECK(again.columns[0].values[5] == 0);
}

TEST_CASE("a table that cannot be read back is refused") {
  CHECK(refusal({}) == "CsvTable::columns = none, must be at least one");
  CHECK(refusal({.columns = {{.name = "x", .values = {1, 2}}, {.name = "y", .values = {1}}}}) ==
        "CsvTable: column 'y': values.size() = 1, must be 2, as in the first column");
  CHECK(holds(refusal({.columns = {{.name = "x"}, {.name = "x"}}}), "x, twice"));
  Column text{.name = "t", .type = ColumnType::text, .values = {0}, .vocabulary = {""}};
  CHECK(holds(refusal({.columns = {text}}), "column 't': a text = \"\", must be without"));
  text.vocabulary = {"a"};
  text.values = {1};
  CHECK(refusal({.columns = {text}}) ==
        "CsvTable: column 't': a value = 1, must be NaN or an index in its vocabulary");
}

TEST_CASE("an error of writing names the file") {
  const auto path = std::filesystem::temp_directory_path() / "tributary_no_folder" / "p.csv";
  CHECK(holds(message_of<FileError>([&] { write_csv(path, {.columns = {{.name = "x"}}}); }),
              path.string() + ": cannot be written"));
}

TEST_CASE("predictions have the numbers, classes, weights and named scores of their events") {
  const CsvTable table = prediction_table(scores, two_events());
  CHECK(csv_text(table) ==
        "event_number,class,predicted,weight,score_b,score_s\n"
        "100000,s,s,0.10000000149011612,0.25,0.75\n"
        "9007199254740992,b,b,-2,0.8999999761581421,0.10000000149011612\n");
  const TemporaryFile file{""};
  write_csv(file.path(), table);
  const CsvTable again = read_csv(file.path());
  for (const Column& column : table.columns) {
    if (column.type != ColumnType::text) CHECK(again.column(column.name).values == column.values);
  }
  CHECK(static_cast<float>(again.column("score_b").values[1]) == 0.9f);
}

TEST_CASE("predictions of events without names, of one score, of targets and with a NaN") {
  const Events unknown{.features = Matrix<float>::Zero(1, 2)};
  CHECK(csv_text(prediction_table(scores, unknown)) ==
        "row,score_0,score_1\n0,0.25,0.75\n1,0.8999999761581421,0.10000000149011612\n");
  Matrix<float> half = scores;
  half(0, 0) = static_cast<float>(missing);
  CHECK(csv_text(prediction_table(half, unknown, {"1", "2"})) ==
        "row,predicted,score_1,score_2\n0,,,0.75\n1,1,0.8999999761581421,0.10000000149011612\n");
  const Matrix<float> one = scores.bottomRows(1);
  CHECK(prediction_table(one, two_events()).columns.back().name == "score_s");
  Events regression{.features = Matrix<float>::Zero(1, 2),
                    .targets = Matrix<float>::Zero(1, 2),
                    .target_names = {"M"}};
  CHECK(prediction_table(one, regression).columns.back().name == "score_M");
}

TEST_CASE("predictions that do not fit to their events are refused") {
  CHECK(predictions_refused(scores.leftCols(1), two_events(), {}) ==
        "prediction_table: scores.cols() = 1, must be 2, one an event");
  CHECK(predictions_refused(scores, two_events(), {"s", "b"}) ==
        "prediction_table: classes = s, b, must be those of the events: b, s");
  Events events = two_events();
  events.classes.clear();
  CHECK(predictions_refused(scores, events, {"a", "b", "c"}) ==
        "prediction_table: scores.rows() = 2, must be 3, one for each of the classes a, b, c");
  events.labels[0] = 2;
  CHECK(predictions_refused(scores, events, {"b", "s"}) ==
        "prediction_table: a label = 2, must be in [0, 2)");
  events = two_events();
  events.event_numbers[1] += 1;
  CHECK(predictions_refused(scores, events, {}) ==
        "prediction_table: an event number = 9007199254740993, must be at most 2^53");
}
