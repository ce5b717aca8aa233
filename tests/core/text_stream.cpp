#include <tributary/core/text_stream.hpp>

#include <doctest/doctest.h>

#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tributary/core/require.hpp>

using namespace tributary;

namespace {

struct German : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};
/// The global locale while it lives.
struct GermanLocale {
  std::locale before = std::locale::global({std::locale::classic(), new German});
  GermanLocale() = default;
  GermanLocale(const GermanLocale&) = delete;
  ~GermanLocale() { std::locale::global(before); }
};

}  // namespace

TEST_CASE("texts have the same numbers in a program with a global locale") {
  const GermanLocale german;
  std::ostringstream plain;
  plain << 2000.5;
  REQUIRE(plain.str() == "2.000,5");
  detail::TextStream text;
  text << 2000.5 << ' ' << 2000;
  CHECK(text.str() == "2000.5 2000");
  CHECK_THROWS_WITH_AS(require(false, "Rule::period", 2000.5, "at most 1"),
                       "Rule::period = 2000.5, must be at most 1", std::invalid_argument);
}
