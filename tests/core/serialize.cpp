#include <tributary/core/serialize.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <tributary/core/vector.hpp>

using namespace tributary;

namespace {

using Bytes = std::vector<std::byte>;

enum class Color : std::uint16_t { red = 1, green = 0x203 };
struct Inner {
  float x = 1;
  std::optional<int> y = {};
};
struct Everything {
  bool flag = true;
  Color color = Color::green;
  std::int64_t large = -2;
  double not_a_number = std::numeric_limits<double>::quiet_NaN();
  std::optional<double> absent = {}, present = -0.0;
  Vector<float> floats = Vector<float>::LinSpaced(3, 1, 3);
  std::vector<Vector<double>> vectors = {Vector<double>::Ones(2), Vector<double>{}};
  std::vector<std::uint64_t> counts = {7, 8};
  Inner inner = {};
  std::vector<Inner> several = {Inner{.x = 4}, Inner{.y = 5}};
};

Bytes saved(const auto&... values) {
  Bytes bytes;
  save_state(bytes, values...);
  return bytes;
}
bool fits(const Bytes& bytes, auto& value) {
  std::span<const std::byte> rest = bytes;
  const Status status = restore_state(rest, value);
  if (!status) CHECK(status.error() == Errc::size_mismatch);
  return status && rest.empty();
}

}  // namespace

TEST_CASE("state is written little-endian, number by number") {
  Bytes expected;
  for (const int byte :
       {0x03, 0x02, 1, 1, 5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0})
    expected.push_back(static_cast<std::byte>(byte));
  CHECK(saved(Color::green, true, std::optional{5}, Vector<float>{{1.0f, -2.0f}}) == expected);
}

TEST_CASE("the restored state equals the saved one, bit for bit, in an object of the same shape") {
  const Everything original;
  const Bytes bytes = saved(original);
  Everything other{.flag = false,
                   .color = Color::red,
                   .large = 0,
                   .not_a_number = 0,
                   .absent = 3,
                   .present = {},
                   .floats = Vector<float>::Zero(3),
                   .vectors = {Vector<double>::Zero(2), Vector<double>{}},
                   .counts = {0, 0},
                   .inner = {2, 3},
                   .several = {{}, {}}};
  CHECK(saved(other) != bytes);
  CHECK(fits(bytes, other));
  CHECK(saved(other) == bytes);
  CHECK(!other.absent);
  CHECK(other.several[1].y == 5);
  CHECK(other.vectors[0] == original.vectors[0]);
}

TEST_CASE("several values are read from the front one after the other") {
  const Bytes bytes = saved(1, Vector<double>{{2.0}}, 3);
  std::span<const std::byte> rest = bytes;
  int first = 0, last = 0;
  Vector<double> vector(1);
  CHECK(restore_state(rest, first, vector));
  CHECK(rest.size() == sizeof(int));
  CHECK(restore_state(rest, last));
  CHECK(first + vector[0] + last == 6);
}

TEST_CASE("truncated bytes are refused") {
  const Bytes bytes = saved(Everything{});
  Everything other;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(!fits(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)), other));
}

TEST_CASE("a vector of another length is refused, for any stated length") {
  Vector<float> two(2);
  for (const Index size : {0, 1, 3}) CHECK(!fits(saved(Vector<float>::Zero(size).eval()), two));
  Bytes bytes = saved(Vector<float>::Zero(2).eval());
  CHECK(fits(bytes, two));
  for (std::size_t i = 0; i < 8; ++i) {
    Bytes wrong = bytes;
    wrong[i] ^= std::byte{0x80};
    CHECK(!fits(wrong, two));
  }
  CHECK(two.size() == 2);
}

TEST_CASE("a bool is true for any byte but zero") {
  bool value = false;
  CHECK(fits(Bytes{std::byte{6}}, value));
  CHECK(value);
}
