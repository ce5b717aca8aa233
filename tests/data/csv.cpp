#include <tributary/data/csv.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <tributary/core/random.hpp>
#include <vector>

#include "support.hpp"
#include "support/real_data.hpp"

using namespace tributary;

namespace {

CsvTable parse(std::string text, const CsvOptions& options = {}) {
  return read_csv(FileContents{"x.csv", std::move(text)}, options);
}
std::string error_of(std::string text, const CsvOptions& options = {}) {
  return message_of<FileError>([&] { parse(text, options); });
}
std::vector<std::string> texts(const Column& column) {
  std::vector<std::string> all;
  for (const double index : column.values)
    all.push_back(std::isnan(index) ? "missing"
                                    : column.vocabulary.at(static_cast<std::size_t>(index)));
  return all;
}
using Numbers = std::vector<double>;
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("columns have the names of the header and the types of their values") {
  const CsvTable table = parse("id,pt,label\n1,2.5,s\n2,-3e2,b\n3,4,s\n");
  CHECK(table.rows() == 3);
  REQUIRE(table.columns.size() == 3);
  CHECK(table.column("id").type == ColumnType::integer);
  CHECK(table.column("id").values == Numbers{1, 2, 3});
  CHECK(table.column("pt").type == ColumnType::real);
  CHECK(table.column("pt").values == Numbers{2.5, -300, 4});
  CHECK(table.column("label").type == ColumnType::text);
  CHECK(table.column("label").vocabulary == Texts{"s", "b"});
  CHECK(table.column("label").values == Numbers{0, 1, 0});
}

TEST_CASE("the end of the file and of its lines may have any form") {
  for (const std::string text :
       {"a,b\n1,2\n3,4", "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r\n1,2\r\n3,4",
        "a,b\n1,2\n3,4\n\n\n", "a,b\r\n1,2\r\n3,4\r\n\r\n",
        "\xef\xbb\xbf"
        "a,b\n1,2\n3,4\n",
        " a , b\n 1 ,\t2 \n3, 4 \n", "\"a\",\"b\"\r\n\"1\",\"2\"\r\n3 , \"4\" \r\n"}) {
    CAPTURE(text);
    const CsvTable table = parse(text);
    REQUIRE(table.columns.size() == 2);
    CHECK(table.column("a").values == Numbers{1, 3});
    CHECK(table.column("b").values == Numbers{2, 4});
    CHECK(table.column("b").type == ColumnType::integer);
  }
}

TEST_CASE("quoted fields may hold separators, quotes and newlines") {
  const CsvTable table = parse(
      "text,\"a \"\"b\"\", c\"\n\"one, two\",1\n\"say \"\"hi\"\"\",2\n"
      "\"two\nlines\",3\n\"\",4\n\"\"\"\",5\n\" kept \",6\n");
  CHECK(texts(table.column("text")) ==
        Texts{"one, two", "say \"hi\"", "two\nlines", "missing", "\"", " kept "});
  CHECK(table.column("a \"b\", c").values == Numbers{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a quote inside a field that does not begin with one is only a character") {
  CHECK(texts(parse("a\n5\"x\nb\"\"\n").column("a")) == Texts{"5\"x", "b\"\""});
}

TEST_CASE("an empty field, NaN or the sentinel is missing, and determines no type") {
  const CsvTable table = parse(
      "i,r,t,m\n-999.0,,,\n1,NaN,-999,nan\n,2.5,x,\n-999,-nan,nan,-999.0\n", {.missing = -999.0});
  const auto missing = [&](const char* name) {
    std::string marks;
    for (const double value : table.column(name).values) marks += std::isnan(value) ? '-' : 'x';
    return marks;
  };
  CHECK(missing("i") == "-x--");
  CHECK(missing("r") == "--x-");
  CHECK(missing("t") == "--x-");
  CHECK(missing("m") == "----");
  CHECK(table.column("i").type == ColumnType::integer);
  CHECK(table.column("r").type == ColumnType::real);
  CHECK(table.column("t").type == ColumnType::text);
  CHECK(table.column("m").type == ColumnType::real);
  CHECK(parse("a\n-999\n").column("a").values == Numbers{-999});
}

TEST_CASE("numbers are read to the last bit") {
  Rng rng = Seed{1}.rng();
  std::string text = "x\n";
  Numbers written;
  for (int i = 0; i < 2000; ++i) {
    written.push_back(std::ldexp(normal(rng), static_cast<int>(600 * (uniform(rng) - 0.5))));
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.17g\n", written.back());
    text += buffer;
  }
  CHECK(parse(text).column("x").values == written);
}

TEST_CASE("numbers may have a sign, an exponent, or no digit on one side of the point") {
  const CsvTable table = parse("x\n+1.5\n.5\n5.\n-0\n1E3\n+7\n1e-400\n-inf\n");
  CHECK(table.column("x").values == Numbers{1.5, 0.5, 5, 0, 1000, 7, 0, -INFINITY});
  for (const std::string wrong :
       {"1e400", "+-5", "++5", "1.5x", "0x10", "1,5", "- 5", "1 5", "e5", "--1"}) {
    CAPTURE(wrong);
    CHECK(
        holds(error_of("x\n1\n\"" + wrong + "\"\n"), "x.csv:3: column 'x': found '" + wrong + "'"));
  }
}

TEST_CASE("a column has integers only if doubles hold them exactly") {
  CHECK(parse("x\n9007199254740992\n").column("x").type == ColumnType::integer);
  CHECK(parse("x\n9007199254740993\n").column("x").type == ColumnType::real);
  CHECK(parse("x\n99999999999999999999\n").column("x").type == ColumnType::real);
  CHECK(parse("x\n1\n2.0\n").column("x").type == ColumnType::real);
}

TEST_CASE("columns named as text keep the texts of their numbers") {
  const CsvTable table = parse("run,x\n007,1\n7,2\n7a,3\n", {.text = {"run"}});
  CHECK(texts(table.column("run")) == Texts{"007", "7", "7a"});
  CHECK_THROWS_WITH_AS(parse("a,b\n1,2\n", {.text = {"c"}}),
                       "CsvOptions::text = c, must be a column of x.csv: a, b",
                       std::invalid_argument);
}

TEST_CASE("a file without header has columns c0, c1, ...") {
  const CsvTable table =
      parse("1\t0.5\n0\t0.7\n", {.separator = '\t', .header = CsvHeader::absent});
  CHECK(table.rows() == 2);
  CHECK(table.column("c0").values == Numbers{1, 0});
  CHECK(table.column("c1").values == Numbers{0.5, 0.7});
  CHECK(holds(error_of("1,2\nx,3\n", {.header = CsvHeader::absent}),
              "x.csv:2: column 'c0': found 'x'"));
}

TEST_CASE("empty fields between tabs, and at the end of a line, count") {
  const CsvTable table = parse("a\tb\tc\n1\t\t3\n\t5\t\n", {.separator = '\t'});
  CHECK(table.column("a").values[0] == 1);
  CHECK(std::isnan(table.column("b").values[0]));
  CHECK(std::isnan(table.column("a").values[1]));
  CHECK(table.column("b").values[1] == 5);
  CHECK(std::isnan(table.column("c").values[1]));
}

TEST_CASE("a header alone is a table without rows") {
  const CsvTable table = parse("a,b\n");
  CHECK(table.rows() == 0);
  CHECK(table.columns.size() == 2);
}

TEST_CASE("bad input is an error that names the file, the line, the column and the text found") {
  CHECK(error_of("") == "x.csv: is empty, expected a line of fields");
  CHECK(error_of("\xef\xbb\xbf\r\n\n") == "x.csv: is empty, expected a line of fields");
  CHECK(error_of("a,b\n1,2\n3,oops\n") ==
        "x.csv:3: column 'b': found 'oops', expected a number as in the rows before (list columns "
        "of texts in CsvOptions::text, and texts for \"missing\" in CsvOptions::missing_texts)");
  CHECK(error_of("a,b,c\n1,2,3\n1,2\n") ==
        "x.csv:3: column 'c': found the end of the row after 2 fields, expected 3");
  CHECK(error_of("a,b\n1,2\n\n3,4\n") ==
        "x.csv:3: column 'b': found the end of the row after 1 fields, expected 2");
  CHECK(error_of("a,b\n1,2,9\n") ==
        "x.csv:2: column 3: found '9', expected the end of the row after 2 fields");
  CHECK(error_of("a,b,a\n1,2,3\n") == "x.csv:1: column 3: found 'a' again, expected another name");
  CHECK(error_of("a,b\n1,\"two\n3,4\n") ==
        "x.csv:2: column 'b': found '\"two', expected a closing quote");
  CHECK(error_of("a,b\n1,\"two\" three\n3,4\n") ==
        "x.csv:2: column 'b': found ' three' after a closing quote, expected ','");
  CHECK(error_of("a,\"b") == "x.csv:1: column 2: found '\"b', expected a closing quote");
  CHECK(holds(error_of("\x1f\x8b\x08 ..."), "x.csv: is compressed by gzip"));
}

TEST_CASE("lines are counted through quoted newlines and CRLF") {
  CHECK(holds(error_of("a,b\r\n\"x\r\ny\r\nz\",1\r\nw,?\r\n"), "x.csv:5: column 'b': found '?'"));
}

TEST_CASE("lines may end with CR alone, but all in the same way") {
  const CsvTable table = parse("a,b\r1,2\r3,x\r", {.text = {"b"}});
  CHECK(table.column("a").values == Numbers{1, 3});
  CHECK(texts(table.column("b")) == Texts{"2", "x"});
  CHECK(error_of("a,b\r1,2\r3,\r") == "");
  CHECK(holds(error_of("a,b\r1,2\r3,4,5\r"), "x.csv:3: column 3: found '5'"));
  CHECK(error_of("a,b\r1,2\r3,4\n5,6\n") ==
        "x.csv:1: column 2: found a CR in 'b', expected lines that all end alike, with LF or CRLF");
  CHECK(holds(error_of("a\nx\ry\nz\n"), "x.csv:2: column 'a': found a CR in 'x'"));
  CHECK(texts(parse("a\n\"x\ry\"\n").column("a")) == Texts{"x\ry"});
}

TEST_CASE("a file of UTF-16, or of zeros, is an error that says so") {
  CHECK(error_of(std::string("\xff\xfe"
                             "a\0,\0",
                             6)) ==
        "x.csv: is UTF-16, expected UTF-8: convert it, as by iconv -f UTF-16 -t UTF-8");
  CHECK(error_of(std::string("\xfe\xff\0a", 4)).starts_with("x.csv: is UTF-16"));
  CHECK(error_of(std::string("a,b\n1,2\n3,\0\n", 12)) ==
        "x.csv:3: found a byte of value 0, expected text: is this UTF-16, or not a table?");
}

TEST_CASE("texts that stand for a missing value are named") {
  const CsvTable table =
      parse("i,t\nNA,null\n1,\"?\"\n?,x\n", {.missing_texts = {"NA", "?", "null"}});
  CHECK(table.column("i").type == ColumnType::integer);
  CHECK(std::isnan(table.column("i").values[0]));
  CHECK(table.column("i").values[1] == 1);
  CHECK(texts(table.column("t")) == Texts{"missing", "missing", "x"});
  CHECK(error_of("i\n1\nNA\n") ==
        "x.csv:3: column 'i': found 'NA', expected a number as in the rows before (list columns of "
        "texts in CsvOptions::text, and texts for \"missing\" in CsvOptions::missing_texts)");
  CHECK(parse("i\n\"\"\nNA\n1\n").column("i").first_text_line == 3);
}

TEST_CASE("a first row of numbers alone is a header only on request") {
  CHECK(error_of("1,2.5\n3,4\n") ==
        "x.csv:1: column '1': found numbers alone in the first row, expected names; for data, set "
        "CsvOptions{.header = CsvHeader::absent}, for names CsvHeader::present");
  CHECK(parse("1,2.5\n3,4\n", {.header = CsvHeader::present}).column("2.5").values == Numbers{4});
  CHECK(parse("1,2.5\n3,4\n", {.header = CsvHeader::absent}).rows() == 2);
  CHECK(parse("1,x\n3,4\n").rows() == 1);
  for (const char* row : {"1,NA,3,0", "1,?,3,0", "1,,3,0", ",1", "nan,1"}) {
    CAPTURE(row);
    const CsvOptions options{.missing_texts = {"NA", "?"}};
    CHECK(holds(error_of(std::string{row} + "\n" + row, options), "found numbers alone"));
  }
  for (const char* row : {"1,NA,3", "1,N/A", "n/a,1", "NaN,1", "1,null", "1,NULL", "1,?", "1,None",
                          "1,-", "1,\"\"", "0,0,1", "1,NA,NA"}) {
    CAPTURE(row);
    CHECK(holds(error_of(std::string{row} + "\n4,5,6\n"), "found numbers alone"));
    CHECK(parse(row, {.header = CsvHeader::absent}).rows() == 1);
  }
  CHECK(parse("1,NA\n3,4\n", {.header = CsvHeader::present}).column("NA").values == Numbers{4});
  CHECK(parse("1,name\n3,4\n").rows() == 1);
  CHECK(parse("NA,-\n3,4\n").rows() == 1);  // no number, and so names
  CHECK(error_of("0,0,1\n4,5,6\n", {.header = CsvHeader::present}) ==
        "x.csv:1: column 2: found '0' again, expected another name");
  CHECK(parse(",x\n0,4\n").rows() == 1);  // the first has no name, as pandas writes its index
  CHECK(parse(",0\n0,4\n", {.header = CsvHeader::present}).rows() == 1);
}

TEST_CASE("an empty line is an error in a table of one column, where it could be a missing value") {
  const auto expected = [](int line, const std::string& column) {
    return "x.csv:" + std::to_string(line) + ": column " + column +
           ": found an empty line, expected a value: write a missing one as \"\" or a text of "
           "CsvOptions::missing_texts, and delete a line that is not a row";
  };
  const struct {
    std::string text;
    int line;
  } cases[] = {{"a\n1\n\n3\n", 3},        {"a\n\n1\n", 2},       {"a\n1\n2\n\n", 4},
               {"a\n1\n\n\n", 3},         {"a\r\n1\r\n\r\n", 3}, {"a\r\n1\r\n\r\n2\r\n", 3},
               {"a\r1\r\r2\r", 3},        {"a\n1\n \t\n2\n", 3}, {"a\n1\n \n", 3},
               {"a\n\"2\n3\"\n\nx\n", 4}, {"a\n\n\n", 2}};
  for (const auto& [text, line] : cases) {
    CAPTURE(text);
    for (const char separator : {',', ' '})
      CHECK(message_of<FileError>([&, content = text] {
              parse(content, {.separator = separator});
            }) == expected(line, "'a'"));
  }
  CHECK(error_of("\na\n1\n") == expected(1, "''"));
  CHECK(message_of<FileError>([&] { parse("\n1\n", {.header = CsvHeader::absent}); }) ==
        expected(1, "'c0'"));
  CHECK(std::isnan(parse("a\n1\n\"\"\n3\n").column("a").values[1]));
  CHECK(parse("a\n1\n\"\"\n").rows() == 2);
  CHECK(parse("a\n1\n2").rows() == 2);
  CHECK(parse("a\n1\n2\r\n").rows() == 2);
  CHECK(parse("a,b\n1,2\n,\n\n\n").rows() == 2);  // of two columns no row is an empty line
}

TEST_CASE("columns may be aligned by blanks and tabs, any number of them") {
  const CsvTable table = parse(
      "  pt     eta  name \r\n 10.5   -2   \"a b\"\r\n  7 \t    1   c  \n\n", {.separator = ' '});
  CHECK(table.columns.size() == 3);
  CHECK(parse("a b\n1 2\n  \n \t", {.separator = ' '}).rows() == 1);
  CHECK(table.column("pt").values == Numbers{10.5, 7});
  CHECK(table.column("eta").values == Numbers{-2, 1});
  CHECK(texts(table.column("name")) == Texts{"a b", "c"});
  CHECK(holds(error_of("a b\n1  2  3\n", {.separator = ' '}), "x.csv:2: column 3: found '3'"));
  CHECK(holds(error_of("a b\n1  \n", {.separator = ' '}), "x.csv:2: column 'b': found the end"));
}

TEST_CASE("long tables have all their rows, for any lengths of the first ones") {
  std::string text = "a,b\n";
  for (int row = 0; row < 5000; ++row) text += row < 2000 ? ",\n" : "123456789,0.123456789\n";
  const CsvTable table = parse(text);
  CHECK(table.rows() == 5000);
  CHECK(std::isnan(table.column("b").values[1999]));
  CHECK(table.column("b").values[4999] == 0.123456789);
}

TEST_CASE("a separator that occurs in numbers or line ends is refused") {
  for (const char wrong : {'\n', '\r', '"', '.', '-', '+', '0', 'e', '\0'})
    CHECK_THROWS_AS(parse("a,b\n", {.separator = wrong}), std::invalid_argument);
  CHECK(parse("a|b\n1|2\n", {.separator = '|'}).column("b").values == Numbers{2});
}

TEST_CASE("long texts are shortened in messages") {
  CHECK(holds(error_of("a\n1\n" + std::string(1000, 'z')),
              "found '" + std::string(40, 'z') + "...'"));
}

TEST_CASE("any mutilated file is read or is an error, never worse") {
  const std::string whole =
      "\"a\",b,c\r\n1,\"x \"\"y\"\"\",2.5\r\n-999,\"p\nq\",nan\r\n3,z,-1e3\r\n";
  Rng rng = Seed{5}.rng();
  constexpr std::string_view alphabet = "\",\n\r\t 1-.ex\xff";
  int errors = 0, tables = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text = whole.substr(0, rng() % (whole.size() + 1));
    for (std::uint64_t changes = rng() % 4; changes > 0 && !text.empty(); --changes)
      text[rng() % text.size()] = alphabet[rng() % alphabet.size()];
    const bool aligned = round % 2 == 1;
    if (aligned) std::ranges::replace(text, ',', ' ');
    try {
      const CsvTable table = parse(text, {.separator = aligned ? ' ' : ',', .missing = -999});
      for (const Column& column : table.columns) CHECK(column.values.size() == table.rows());
      ++tables;
    } catch (const FileError& error) {
      CHECK(std::string_view{error.what()}.starts_with("x.csv:"));
      ++errors;
    }
  }
  CHECK(errors > 100);
  CHECK(tables > 100);
}

TEST_CASE("an unknown column is an error that lists the known ones") {
  CHECK_THROWS_WITH_AS(parse("a,b\n1,2\n").column("c"),
                       "CsvTable::column = c, must be a column of x.csv: a, b",
                       std::invalid_argument);
}

TEST_CASE("the schema shows names, types, missing values and ranges") {
  CHECK(parse("id,mass,label\n100000,,s\n100001,-0.5,b\n100002,125,s\n").schema() ==
        "x.csv: 3 rows, 3 columns\n"
        "column  type     missing         min     max\n"
        "id      integer        0      100000  100002\n"
        "mass    real           1        -0.5     125\n"
        "label   text           0  2 distinct\n");
}

TEST_CASE("a file on disk is read as its bytes are") {
  const TemporaryFile file{"a,b\n1,x\n"};
  const CsvTable table = read_csv(file.path());
  CHECK(table.name == file.path().string());
  CHECK(table.rows() == 1);
  CHECK(message_of<FileError>([] { read_csv("/no/such.csv"); }) ==
        "/no/such.csv: cannot be opened: No such file or directory");
}

TEST_CASE("the ATLAS sample has 4512 rows, 33 columns and its known first event") {
  const auto path = test::real_data("atlas_higgs/atlas_higgs_4512.csv");
  if (path.empty()) return;
  const CsvTable table = read_csv(path, {.missing = -999.0});
  CHECK(table.rows() == 4512);
  REQUIRE(table.columns.size() == 33);
  CHECK(table.columns[0].name == "EventId");
  CHECK(table.columns[0].type == ColumnType::integer);
  Numbers first;
  for (std::size_t i = 1; i <= 6; ++i) first.push_back(table.columns[i].values[0]);
  CHECK(first == Numbers{138.47, 51.655, 97.827, 27.98, 0.91, 124.711});
  CHECK(table.column("PRI_jet_num").type == ColumnType::integer);
  CHECK(std::isnan(table.column("DER_deltaeta_jet_jet").values[1]));
  CHECK(table.column("Label").vocabulary == Texts{"s", "b"});
  CHECK(holds(table.schema(), "DER_mass_MMC"));
}

TEST_CASE("the UCI sample is tab separated and has no header") {
  const auto path = test::real_data("uci_higgs/binary.test");
  if (path.empty()) return;
  const CsvTable table = read_csv(path, {.separator = '\t', .header = CsvHeader::absent});
  CHECK(table.rows() == 500);
  REQUIRE(table.columns.size() == 29);
  CHECK(table.column("c0").type == ColumnType::integer);
  CHECK(table.column("c1").values[0] == 0.644);
}
