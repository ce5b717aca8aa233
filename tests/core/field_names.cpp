#include <tributary/core/field_names.hpp>

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace tributary;

namespace {

template <class T>
std::string names_of() {
  std::string all;
  const auto each = [&]<std::size_t... i>(std::index_sequence<i...>) {
    ((all += detail::field_name<T, i>() + ';'), ...);
  };
  using Fields = decltype(detail::tie_fields(std::declval<const T&>()));
  each(std::make_index_sequence<std::tuple_size_v<Fields>>{});
  return all;
}

struct Base {
  int of_base;
};
enum class Kind { one };
/// Of many kinds, without a constructor that may run at compile time.
struct Various {
  explicit Various(int&);
  ~Various();
  int number;
  Kind kind;
  Base inner;
  std::string text;
  std::optional<std::string> maybe;
  std::vector<Base> list;
  std::function<void(int)> function;
  std::unique_ptr<int> pointer;
  const char* members;
  std::array<int, 3> array;
  int raw[2];
  constexpr auto fields() const {
    return std::tie(number, kind, inner, text, maybe, list, function, pointer, members, array, raw);
  }
};
class Private {
 public:
  constexpr auto fields() const { return std::tie(first_, second_); }

 private:
  int first_ = 1;
  Base second_ = {};
};
template <class T, auto x>
struct Template {
  T one;
  std::optional<T> two;
};
struct Derived : Base {
  int own;
  std::pair<int, int> pair;
  std::array<int, 2> array;
  constexpr auto fields() const {
    return std::tie(static_cast<const Base&>(*this), of_base, own, pair.second, array[1]);
  }
};
struct NotConstant {
  int one, two;
  auto fields() const { return std::tie(one, two); }
};
struct Empty {};
struct OfEmpty : Empty {
  Empty empty;
  int number;
};

}  // namespace

TEST_CASE("the compiler gives the names of members, of whatever type they are") {
  CHECK(names_of<Various>() ==
        "number;kind;inner;text;maybe;list;function;pointer;members;array;raw;");
  CHECK(names_of<OfEmpty>() == "empty;number;");
  CHECK(names_of<Empty>() == "");
}

TEST_CASE("members of private, local, nameless and template classes have their names") {
  struct Local {
    int here;
    Base there;
  };
  struct {
    decltype([] {}) lambda;
  } nameless;
  CHECK(names_of<Private>() == "first;second;");
  CHECK(names_of<Local>() == "here;there;");
  CHECK(names_of<decltype(nameless)>() == "lambda;");
  CHECK(names_of<Template<Local, 1.5>>() == "one;two;");
  CHECK(names_of<Template<Template<int, 'a'>, Kind::one>>() == "one;two;");
}

TEST_CASE("bases, elements, and what fields() does not give at compile time have numbers") {
  CHECK(names_of<Derived>() == "field 1;of_base;own;second;field 5;");
  CHECK(names_of<NotConstant>() == "field 1;field 2;");
}
