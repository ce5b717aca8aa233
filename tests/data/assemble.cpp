#include <tributary/data/assemble.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <tributary/data/csv.hpp>

#include "support.hpp"
#include "support/real_data.hpp"

using namespace tributary;

namespace {

using Texts = std::vector<std::string>;

CsvTable parse(const std::string& text) { return read_csv(FileContents{"x.csv", text}); }
const std::string small =
    "id,pt,eta,kind,w,label\n"
    "1,10.5,-1,G,0.5,s\n"
    "2,,2,T,1.5,b\n"
    "3,30.25,0,G,-2,s\n";

std::string options_error(const std::string& text, const AssembleOptions& options) {
  return message_of<std::invalid_argument>([&] { assemble(parse(text), options); });
}
std::string file_error(const std::string& text, const AssembleOptions& options) {
  return message_of<FileError>([&] { assemble(parse(text), options); });
}

}  // namespace

TEST_CASE("all columns without another use become features, in the order of the table") {
  const Events events =
      assemble(parse(small), {.label = "label", .weight = "w", .drop = {"id", "kind"}});
  events.validate();
  CHECK(events.feature_names == Texts{"pt", "eta"});
  CHECK(events.features.col(0) == Eigen::Vector2f{10.5f, -1});
  CHECK(std::isnan(events.features(0, 1)));
  CHECK(events.features(1, 1) == 2);
  CHECK(events.classes == Texts{"b", "s"});
  CHECK(events.labels == std::vector{1, 0, 1});
  CHECK(events.weights == Eigen::Vector3f{0.5f, 1.5f, -2});
  CHECK(events.targets.size() == 0);
}

TEST_CASE("features may be chosen, in their own order, and in double precision") {
  const BasicEvents<double> events = assemble<double>(parse(small), {.features = {"w", "id"}});
  CHECK(events.feature_names == Texts{"w", "id"});
  CHECK(events.features.col(2) == Eigen::Vector2d{-2, 3});
  CHECK(events.labels.empty());
  CHECK(events.classes.empty());
  CHECK(events.weights.size() == 0);
}

TEST_CASE("a weight that is dropped as a feature still weighs") {
  const Events events = assemble(parse(small), {.weight = "w", .drop = {"w", "kind", "label"}});
  CHECK(events.feature_names == Texts{"id", "pt", "eta"});
  CHECK(events.weights[2] == -2);
}

TEST_CASE("targets are columns of their own") {
  const Events events = assemble(parse(small), {.drop = {"kind", "label"}, .target = {"eta", "w"}});
  CHECK(events.feature_names == Texts{"id", "pt"});
  CHECK(events.target_names == Texts{"eta", "w"});
  CHECK(events.targets.col(1) == Eigen::Vector2f{2, 1.5f});
}

TEST_CASE("classes are sorted, numbers by value, or given") {
  const auto classes = [](const std::string& text, Texts given = {}) {
    return assemble(parse(text), {.label = "y", .classes = std::move(given)});
  };
  const Events numbers = classes("x,y\n0,10\n0,-2\n0,9\n0,10\n");
  CHECK(numbers.classes == Texts{"-2", "9", "10"});
  CHECK(numbers.labels == std::vector{2, 0, 1, 2});
  CHECK(classes("x,y\n0,1.0\n0,0.0\n").classes == Texts{"0", "1"});
  CHECK(classes("x,y\n0,1000000\n").classes == Texts{"1000000"});
  const Events given = classes("x,y\n0,s\n0,b\n", {"s", "none", "b"});
  CHECK(given.classes == Texts{"s", "none", "b"});
  CHECK(given.labels == std::vector{0, 2});
  CHECK(classes("x,y\n0,1\n0,0\n", {"1", "0"}).labels == std::vector{0, 1});
}

TEST_CASE("an unknown name is an error that lists the known ones") {
  const std::string expected = " = pT, must be a column of x.csv: id, pt, eta, kind, w, label";
  CHECK(options_error(small, {.label = "pT"}) == "AssembleOptions::label" + expected);
  CHECK(options_error(small, {.weight = "pT"}) == "AssembleOptions::weight" + expected);
  CHECK(options_error(small, {.drop = {"pT"}}) == "AssembleOptions::drop" + expected);
  CHECK(options_error(small, {.features = {"pT"}}) == "AssembleOptions::features" + expected);
  CHECK(options_error(small, {.target = {"pT"}}) == "AssembleOptions::target" + expected);
}

TEST_CASE("columns of text cannot be features, weights or targets") {
  CHECK(options_error(small, {.label = "label"}) ==
        "AssembleOptions::features = kind, must be a column of numbers, but in x.csv it holds "
        "texts since line 2, 'G': drop it, encode it by OneHotEncoder, or list the text for "
        "\"missing\" in CsvOptions::missing_texts");
  CHECK(holds(options_error("x,y\n,1\nN/A,2\n3,4\n", {}), "holds texts since line 3, 'N/A'"));
  CHECK(holds(options_error(small, {.weight = "kind"}), "AssembleOptions::weight = kind"));
  CHECK(holds(options_error(small, {.target = {"kind"}}), "AssembleOptions::target = kind"));
}

TEST_CASE("a column has one use") {
  CHECK(options_error(small, {.label = "id", .features = {"id"}}) ==
        "AssembleOptions::features = id, must be a column that is not named twice");
  CHECK(holds(options_error(small, {.features = {"id", "id"}}), "features = id"));
  CHECK(holds(options_error(small, {.label = "id", .weight = "id"}), "weight = id"));
  CHECK(holds(options_error(small, {.drop = {"id"}, .features = {"id"}}), "drop = id"));
  CHECK(holds(options_error("a\n1\n", {.drop = {"a"}}), "AssembleOptions::features = none"));
  CHECK(holds(options_error("a,y\n1,2\n", {.label = "y", .classes = {"2", "2"}}),
              "AssembleOptions::classes"));
}

TEST_CASE("a column without a name is a feature only if it is chosen") {
  const std::string indexed = ",x\n0,5\n1,6\n";  // as pandas writes it
  CHECK(holds(options_error(indexed, {}),
              "AssembleOptions::drop = without the unnamed column, must be with it"));
  CHECK(assemble(parse(indexed), {.drop = {""}}).feature_names == Texts{"x"});
  CHECK(assemble(parse(indexed), {.features = {"", "x"}}).features.rows() == 2);
}

TEST_CASE("classes without a label are an error") {
  CHECK(holds(options_error("a,y\n1,2\n", {.classes = {"2"}}), "AssembleOptions::label"));
}

TEST_CASE("two columns with the same name are an error") {
  const CsvTable table{"x", {{"a", ColumnType::real, {1}}, {"a", ColumnType::real, {2}}}};
  CHECK_THROWS_WITH_AS(assemble(table, {}), "CsvTable::columns = a, must be distinct names",
                       std::invalid_argument);
}

TEST_CASE("a number outside the range of float is an error, not infinity or zero") {
  CHECK(file_error("x\n1\n1e39\n", {}) ==
        "x.csv: row 1 (the first is 0), column 'x': found 1e+39, expected a number that a float "
        "holds: scale it, or assemble<double>");
  CHECK(holds(file_error("x,w\n1,1\n1,1e-50\n", {.weight = "w"}), "column 'w': found 1e-50"));
  CHECK(assemble(parse("x,w\n1e-50,0\n"), {.weight = "w"}).weights[0] == 0);
  CHECK(assemble<double>(parse("x,w\n1e39,1e-50\n"), {.weight = "w"}).weights[0] == 1e-50);
}

TEST_CASE("a row without label, weight or target is an error that names it") {
  CHECK(file_error("x,y\n0,s\n0,\n", {.label = "y"}) ==
        "x.csv: row 1 (the first is 0), column 'y': found a missing value, expected a label");
  CHECK(file_error("x,y\n0,1\n0,\n", {.weight = "y"}) ==
        "x.csv: row 1 (the first is 0), column 'y': found a missing value, expected a number");
  CHECK(file_error("x,y\n0,inf\n0,1\n", {.target = {"y"}}) ==
        "x.csv: row 0 (the first is 0), column 'y': found inf, expected a finite number");
}

TEST_CASE("an unknown or invalid label is an error that names its row") {
  CHECK(file_error("x,y\n0,s\n0,b\n0,t\n", {.label = "y", .classes = {"b", "s"}}) ==
        "x.csv: row 2 (the first is 0), column 'y': found 't', expected one of "
        "AssembleOptions::classes: b, s");
  CHECK(holds(file_error("x,y\n0,1\n0,91.2\n", {.label = "y"}),
              "row 1 (the first is 0), column 'y': found 91.2, expected a whole number"));
}

TEST_CASE("labels that differ in the file differ, or are an error") {
  CHECK(file_error("x,y\n0,9007199254740993\n0,9007199254740992\n", {.label = "y"}) ==
        "x.csv: row 0 (the first is 0), column 'y': found 9007199254740992, to which several "
        "numbers of the file may be rounded, expected whole numbers of at most 2^53, or the column "
        "in CsvOptions::text");
  const std::string exact = "x,y\n0,9007199254740991\n0,9007199254740992\n";
  CHECK(assemble(parse(exact), {.label = "y"}).labels == std::vector{0, 1});
}

TEST_CASE("event numbers are exact whole numbers and no feature") {
  const AssembleOptions by_id{.drop = {"kind", "label"}, .event_number = "id"};
  const Events events = assemble(parse(small), by_id);
  CHECK(events.event_numbers == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(events.feature_names == Texts{"pt", "eta", "w"});
  CHECK(events.cast<double>().event_numbers == events.event_numbers);
  const AssembleOptions n{.event_number = "n"};
  CHECK(assemble(parse("x,n\n0,9007199254740992\n"), n).event_numbers.front() == 1ull << 53);
  const std::string expected = ", expected an event number: a whole number from 0 to 2^53";
  CHECK(file_error("x,n\n0,1\n0,-1\n", n) ==
        "x.csv: row 1 (the first is 0), column 'n': found -1" + expected);
  CHECK(holds(file_error("x,n\n0,1.5\n", n), "found 1.5" + expected));
  CHECK(holds(file_error("x,n\n0,9007199254740993\n", n), "found 9007199254740992" + expected));
  CHECK(holds(file_error("x,n\n0,\n1,1\n", n), "found a missing value, expected a number"));
  CHECK(
      holds(options_error("x,n\n0,a\n", n), "AssembleOptions::event_number = n, must be a column"));
}

TEST_CASE("the ATLAS sample becomes 30 features and a third signal") {
  const auto path = test::real_data("atlas_higgs/atlas_higgs_4512.csv");
  if (path.empty()) return;
  const CsvTable table = read_csv(path, {.missing = -999.0});
  const Events events =
      assemble(table, {.label = "Label", .weight = "Weight", .drop = {"EventId"}});
  events.validate();
  CHECK(events.features.rows() == 30);
  CHECK(events.size() == 4512);
  CHECK(events.classes == Texts{"b", "s"});
  CHECK(events.features(0, 0) == 138.47f);
  CHECK(events.features(1, 0) == 51.655f);
  CHECK(std::ranges::count(events.labels, 1) == 1483);
}

TEST_CASE("the Z to two muons sample is a regression of the mass, which follows from the momenta") {
  const auto path = test::real_data("cms_zmumu/Zmumu_Run2011A_masses.csv");
  if (path.empty()) return;
  const BasicEvents<double> events = assemble<double>(
      read_csv(path),
      {.features = {"E1", "px1", "py1", "pz1", "E2", "px2", "py2", "pz2"}, .target = {"M"}});
  events.validate();
  REQUIRE(events.size() == 10'851);
  const Matrix<double> sum = events.features.topRows(4) + events.features.bottomRows(4);
  int close = 0;
  for (Index i = 0; i < sum.cols(); ++i) {
    const double mass = std::sqrt(sum(0, i) * sum(0, i) - sum.col(i).tail(3).squaredNorm());
    close += std::abs(mass - events.targets(0, i)) < 0.01 * mass;
  }
  CHECK(close > 10'800);
}

TEST_CASE("the UCI sample has its label first") {
  const auto path = test::real_data("uci_higgs/binary.train");
  if (path.empty()) return;
  const Events events =
      assemble(read_csv(path, {.separator = '\t', .header = CsvHeader::absent}), {.label = "c0"});
  events.validate();
  CHECK(events.size() == 7000);
  CHECK(events.features.rows() == 28);
  CHECK(events.classes == Texts{"0", "1"});
  CHECK(events.labels[0] == 1);
}
