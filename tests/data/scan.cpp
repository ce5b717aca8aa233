#include <tributary/data/scan.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <tributary/data/csv.hpp>
#include <tributary/data/write_csv.hpp>
#include <vector>

#include "support.hpp"

using namespace tributary;

namespace {
NamedValues product(const ScanPoint& at) { return {{"product", at["a"] * at["b"]}}; }
std::string refusal(const auto& action) { return message_of<std::invalid_argument>(action); }
}  // namespace

TEST_CASE("a scan has a row for each combination, the last setting fastest") {
  const CsvTable table = scan({{"a", {1, 2}}, {"b", {10, 0.5, -1}}}, product);
  CHECK(csv_text(table) == "a,b,product\n1,10,10\n1,0.5,0.5\n1,-1,-1\n2,10,20\n2,0.5,1\n2,-1,-2\n");
  CHECK(read_csv(FileContents{"x.csv", csv_text(table)}).column("product").values ==
        table.column("product").values);
}

TEST_CASE("a table is printed in aligned columns with six digits") {
  const CsvTable table{
      .name = "t",
      .columns = {{.name = "rule",
                   .type = ColumnType::text,
                   .values = {0, 1},
                   .vocabulary = {"Averaging", "Adag"}},
                  {.name = "AUC", .values = {1. / 3, std::numeric_limits<double>::quiet_NaN()}},
                  {.name = "workers", .type = ColumnType::integer, .values = {4, 100000000}}}};
  CHECK(table.text() ==
        "rule            AUC    workers\n"
        "Averaging  0.333333          4\n"
        "Adag              -  100000000\n");
  CHECK(CsvTable{}.text() == "\n");
}

TEST_CASE("a diverged run has missing results, and the scan goes on") {
  const CsvTable table = scan({{"rate", {9, 1, 8, 2}}}, [](const ScanPoint& at) -> NamedValues {
    if (at["rate"] > 5) throw TrainingDiverged{"too fast"};
    return {{"loss", -at["rate"]}, {"seconds", 3}};
  });
  CHECK(csv_text(table) == "rate,loss,seconds\n9,,\n1,-1,3\n8,,\n2,-2,3\n");
  const auto diverges = [](const ScanPoint&) -> NamedValues { throw TrainingDiverged{""}; };
  CHECK(csv_text(scan({{"rate", {1, 2}}}, diverges)) == "rate\n1\n2\n");
  CHECK_THROWS_AS(
      scan({{"a", {1}}}, [](const ScanPoint&) -> NamedValues { throw std::bad_alloc{}; }),
      std::bad_alloc);
}

TEST_CASE("a setting is an integer only if its number is one") {
  const ScanPoint at{{{"workers", 4}, {"rate", 0.5}, {"large", 4294967296.0}, {"minus", -1}}};
  CHECK(at.get<int>("workers") == 4);
  CHECK(at.get<std::int64_t>("large") == 4294967296);
  CHECK(at["rate"] == 0.5);
  CHECK(refusal([&] { at.get<int>("rate"); }) ==
        "ScanPoint: setting rate = 0.5, must be a whole number of the wanted type");
  CHECK(holds(refusal([&] { at.get<int>("large"); }), "must be a whole number"));
  CHECK(holds(refusal([&] { at.get<std::uint64_t>("minus"); }), "must be a whole number"));
  CHECK(refusal([&] { static_cast<void>(at["speed"]); }) ==
        "ScanPoint: setting = speed, must be one of workers, rate, large, minus");
}

TEST_CASE("a scan with wrong names is refused, before a run if possible") {
  const auto never = [](const ScanPoint&) -> NamedValues {
    FAIL("it ran");
    return {};
  };
  CHECK(refusal([&] { scan({}, never); }) == "scan: settings = none, must be at least one");
  CHECK(holds(refusal([&] { scan({{"a", {1}}, {"a", {2}}}, never); }), "a, twice"));
  CHECK(holds(refusal([&] { scan({{"", {1}}}, never); }), "not empty"));
  CHECK(refusal([&] {
          scan({{"a", {}}}, never);
        }) == "scan: values of a = 0, must be at least one");
  CHECK(holds(refusal([&] {
                scan({{"a", {1}}}, [](const ScanPoint&) -> NamedValues { return {{"a", 1}}; });
              }),
              "a, twice"));
  CHECK(refusal([&] {
          scan({{"a", {1, 2}}}, [](const ScanPoint& at) -> NamedValues {
            return {{at["a"] == 1 ? "x" : "y", 1}};
          });
        }) == "scan: results of run = 1, must be with the names of those before");
}
