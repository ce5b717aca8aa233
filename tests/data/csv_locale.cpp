#include <tributary/data/csv.hpp>

#include <doctest/doctest.h>

#include <clocale>
#include <cstdlib>
#include <string>
#include <vector>

#include "support.hpp"

using namespace tributary;

namespace {
struct DecimalComma {
  std::string before = std::setlocale(LC_NUMERIC, nullptr);
  bool there = std::setlocale(LC_NUMERIC, "de_DE.UTF-8") != nullptr;
  ~DecimalComma() { std::setlocale(LC_NUMERIC, before.c_str()); }
};
}  // namespace

TEST_CASE("numbers have a decimal point although the program's locale has a comma") {
  const TemporaryFile file{"x\n1.5\n2.5e-400\n-2.5e-3\n"};
  const DecimalComma german;
  if (!german.there) return;
  REQUIRE(std::strtod("1,5", nullptr) == 1.5);
  const CsvTable table = read_csv(file.path());
  REQUIRE(table.columns[0].type == ColumnType::real);
  CHECK(table.columns[0].values == std::vector<double>{1.5, 0, -2.5e-3});
}
