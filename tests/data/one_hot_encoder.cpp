#include <tributary/data/one_hot_encoder.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <tributary/data/assemble.hpp>
#include <tributary/data/csv.hpp>

#include "support.hpp"

using namespace tributary;

namespace {

using Texts = std::vector<std::string>;

CsvTable parse(const std::string& name, const std::string& text) {
  return read_csv(FileContents{name, text}, {.missing_texts = {"?"}});
}
const std::string training = "job,age,code\nnurse,30,2\nbaker,41,10\n?,52,2\n";

}  // namespace

TEST_CASE("texts become columns of 0 and 1, in every table as in the training") {
  CsvTable table = parse("train.csv", training);
  const auto encoder = OneHotEncoder::fit(table, {"job", "code"});
  encoder.apply(table);
  const Events events = assemble(table, {});
  CHECK(events.feature_names == Texts{"job=baker", "job=nurse", "age", "code=10", "code=2"});
  CHECK(events.features.col(0) == (Vector<float>(5) << 0, 1, 30, 0, 1).finished());
  CHECK(events.features.col(1) == (Vector<float>(5) << 1, 0, 41, 1, 0).finished());
  CHECK(std::isnan(events.features(0, 2)));
  CHECK(std::isnan(events.features(1, 2)));

  // Here other texts are first, one of them is missing, and the code is a text.
  CsvTable test = parse("test.csv", "job,age,code\nbaker,1,\"10\"\n");
  encoder.apply(test);
  CHECK(assemble(test, {}).feature_names == events.feature_names);
  CHECK(assemble(test, {}).features.col(0) == (Vector<float>(5) << 1, 0, 1, 1, 0).finished());
}

TEST_CASE("an unknown text is an error that names it, or 0 everywhere") {
  auto encoder = OneHotEncoder::fit(parse("train.csv", training), {"job"});
  CsvTable test = parse("test.csv", "job,age\nbaker,1\nsmith,2\n");
  CHECK(message_of<FileError>([&] { encoder.apply(test); }) ==
        "test.csv: row 1 (the first is 0), column 'job': found 'smith', expected one of baker, "
        "nurse, as in training, or OneHotEncoder::unseen = Unseen::zeros");
  CHECK(test.columns.size() == 2);
  encoder.unseen = Unseen::zeros;
  encoder.apply(test);
  CHECK(test.column("job=baker").values == std::vector<double>{1, 0});
  CHECK(test.column("job=nurse").values == std::vector<double>{0, 0});
}

TEST_CASE("codes beyond 2^53 are texts or an error, because several would become equal") {
  const std::string codes = "id,x\n9007199254740993,1\n9007199254740992,2\n";
  const std::string reason = "column 'id': found 9007199254740992, to which several numbers";
  CHECK(holds(message_of<FileError>([&] { OneHotEncoder::fit(parse("x.csv", codes), {"id"}); }),
              reason));
  const CsvTable texts = read_csv(FileContents{"x.csv", codes}, {.text = {"id"}});
  const auto encoder = OneHotEncoder::fit(texts, {"id"});
  CHECK(encoder.values.front() == Texts{"9007199254740992", "9007199254740993"});
  CsvTable table = parse("x.csv", codes);
  CHECK(holds(message_of<FileError>([&] { encoder.apply(table); }), reason));
}

TEST_CASE("01 and 1 are two texts, or an error, but never one") {
  const std::string text = "id,code\n5,1\n6,01\n7,1\n";
  const std::string error =
      "x.csv:3: column 'code': found a number with a leading zero, expected none, as 01 and 1 "
      "would share a name: list the column in CsvOptions::text";
  CHECK(message_of<FileError>([&] { OneHotEncoder::fit(parse("x.csv", text), {"code"}); }) ==
        error);
  CHECK(message_of<FileError>([&] { assemble(parse("x.csv", text), {.label = "code"}); }) == error);
  CHECK(message_of<FileError>(
            [&] { assemble(parse("x.csv", text), {.label = "code", .classes = {"1"}}); }) == error);
  // A column of codes of which the test has one with a zero.
  auto known = OneHotEncoder::fit(parse("train.csv", "code\n1\n2\n"), {"code"});
  CsvTable test = parse("x.csv", text);
  CHECK(message_of<FileError>([&] { known.apply(test); }) == error);
  // As texts they are two; as a feature it is a number.
  CsvTable table = read_csv(FileContents{"x.csv", text}, {.text = {"code"}});
  CHECK(assemble(table, {.label = "code"}).classes == Texts{"01", "1"});
  CHECK(assemble(table, {.label = "code"}).labels == std::vector{1, 0, 1});
  const auto encoder = OneHotEncoder::fit(table, {"code"});
  CHECK(encoder.values[0] == Texts{"01", "1"});
  encoder.apply(table);
  CHECK(assemble(table, {}).features == Matrix<float>{{5, 6, 7}, {0, 1, 0}, {1, 0, 1}});
  CHECK(assemble(parse("x.csv", text), {}).features == Matrix<float>{{5, 6, 7}, {1, 1, 1}});
}

TEST_CASE("leading zeros are recognized") {
  const auto line = [](const std::string& number) {
    return parse("x.csv", "code\n3\n" + number + "\n").columns[0].first_padded_line;
  };
  for (const std::string number : {"00", "01", "-01", "+07", "00.5", "01e3"})
    CHECK(line(number) == 3);
  for (const std::string number : {"0", "-0", "0.5", "10", "1e05", ".01", "100", "0e0", "?"})
    CHECK(line(number) == 0);
  // One number in several forms is one class.
  const Events events =
      assemble(parse("x.csv", "y,x\n1,0\n1.0,0\n+1,0\n1e0,0\n2,0\n"), {.label = "y"});
  CHECK(events.classes == Texts{"1", "2"});
  CHECK(events.labels == std::vector{0, 0, 0, 0, 1});
}

TEST_CASE("an encoder of no column, of no value, or with a duplicate name is an error") {
  const auto error = [](const std::string& text, const Texts& columns) {
    return message_of<std::invalid_argument>([&] {
      CsvTable table = parse("x.csv", text);
      OneHotEncoder::fit(table, columns).apply(table);
    });
  };
  CHECK(error(training, {"jobs"}) ==
        "CsvTable::column = jobs, must be a column of x.csv: job, age, code");
  CHECK(error("a\n?\n", {"a"}) == "OneHotEncoder::values of a = none, must be at least one");
  CHECK(holds(error(training, {"job", "job"}), "OneHotEncoder::columns = job, job"));
  CHECK(error("a,a=x\nx,1\n", {"a"}) ==
        "OneHotEncoder::apply: column = a=x, must be a name that is not yet in the table");
}
