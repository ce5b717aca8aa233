#include <tributary/core/result.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace tributary;

TEST_CASE("a result is a value or an error") {
  const Result<int> value = 3;
  REQUIRE(value);
  CHECK(*value == 3);
  const Result<int> error = Errc::corrupt;
  REQUIRE_FALSE(error);
  CHECK(error.error() == Errc::corrupt);
  const Result<int, std::string> text{std::string{"why"}};
  REQUIRE_FALSE(text);
  CHECK(text.error() == "why");
}

TEST_CASE("every error has a sentence of its own, and other values have none") {
  std::set<std::string_view> sentences;
  for (int code = 1; code <= static_cast<int>(Errc::corrupt); ++code) {
    CHECK_FALSE(message(Errc{code}).empty());
    CHECK(sentences.insert(message(Errc{code})).second);
  }
  CHECK(message(Errc{0}).empty());
  CHECK(message(Errc{static_cast<int>(Errc::corrupt) + 1}).empty());
}
