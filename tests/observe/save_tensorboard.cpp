#include <tributary/observe/save_tensorboard.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <golden/event_file.hpp>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <support/temporary_folder.hpp>
#include <vector>

using namespace tributary;

namespace {
constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The run of golden/event_file.py.
History small() {
  History history;
  history.start = 1'700'000'000.25;
  history.rows = {{1, 0, 0, 0.75, 0.1, 128, 0.5},
                  {2, 0, 0, missing, missing, 256, 1},
                  {3, 1, 0, missing, 0.5, 5'000'000'000, 2}};
  history.add("validation loss τ", {{128, 0.5, 1.5}, {5'000'000'000, 2, -infinity, true}});
  return history;
}

std::string contents(const std::filesystem::path& path) {
  return std::string{FileContents{path}.bytes()};
}

// A reader by the published formats, which has nothing of the library.

std::uint32_t bitwise_crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc % 2 == 1 ? 0x82f63b78u : 0);
  }
  return ~crc;
}
std::uint64_t take_little(std::string_view& from, std::size_t size) {
  REQUIRE(from.size() >= size);
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(from[i]);
  from.remove_prefix(size);
  return value;
}
void take_checksum(std::string_view& from, std::string_view of) {
  const auto unmasked = static_cast<std::uint32_t>(take_little(from, 4)) - 0xa282ead8u;
  CHECK((unmasked >> 17 | unmasked << 15) == bitwise_crc32c(of));
}
std::uint64_t take_varint(std::string_view& from) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint64_t byte = take_little(from, 1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
struct Fields {
  std::map<std::uint64_t, std::uint64_t> numbers;
  std::map<std::uint64_t, std::string> blocks;
};
Fields fields_of(std::string_view message) {
  Fields fields;
  while (!message.empty()) {
    const std::uint64_t key = take_varint(message), field = key >> 3;
    if (key % 8 == 2) {
      const std::uint64_t size = take_varint(message);
      REQUIRE(size <= message.size());
      fields.blocks[field] = message.substr(0, size);
      message.remove_prefix(size);
    } else if (key % 8 == 0) {
      fields.numbers[field] = take_varint(message);
    } else {
      fields.numbers[field] = take_little(message, key % 8 == 1 ? 8 : 4);
    }
  }
  return fields;
}
struct Scalar {
  double wall_time;
  std::uint64_t step;
  std::string tag;
  float value;

  bool operator==(const Scalar&) const = default;
};
std::vector<Scalar> read_events(std::string_view file) {
  std::vector<Scalar> scalars;
  for (bool first = true; !file.empty(); first = false) {
    const std::string_view length = file.substr(0, 8);
    const std::uint64_t size = take_little(file, 8);
    take_checksum(file, length);
    REQUIRE(size <= file.size());
    const std::string_view message = file.substr(0, size);
    file.remove_prefix(size);
    take_checksum(file, message);

    Fields event = fields_of(message);
    if (first) {
      CHECK(event.blocks[3] == "brain.Event:2");
      continue;
    }
    Fields value = fields_of(fields_of(event.blocks[5]).blocks[1]);
    scalars.push_back({std::bit_cast<double>(event.numbers[1]), event.numbers[2], value.blocks[1],
                       std::bit_cast<float>(static_cast<std::uint32_t>(value.numbers[2]))});
  }
  return scalars;
}
}  // namespace

TEST_CASE("a history for TensorBoard has the bytes of an independent writer") {
  const test::TemporaryFolder folder;
  const std::filesystem::path run = folder.path / "runs" / "easgd";
  save_tensorboard(run, small());
  const std::string expected{golden::event_file.begin(), golden::event_file.end()};
  CHECK(contents(run / "events.out.tfevents.1700000000.250000.tributary") == expected);
}

TEST_CASE("an independent reader finds the scalars of a history for TensorBoard") {
  const double start = small().start;
  CHECK(read_events(detail::history_as_events(small())) ==
        std::vector<Scalar>{{start + 0.5, 128, "training loss", 0.75f},
                            {start + 0.5, 128, "training accuracy", 0.1f},
                            {start + 2, 5'000'000'000, "training accuracy", 0.5f},
                            {start + 0.5, 128, "validation loss τ", 1.5f},
                            {start + 2, 5'000'000'000, "validation loss τ",
                             -std::numeric_limits<float>::infinity()}});
  History long_one;
  long_one.add(std::string(300, 'n'), {{0, 0, 1}});  // lengths of several bytes, and step 0
  long_one.rows.push_back({1, 0, 0, 2, missing, ~std::uint64_t{0}, 1});
  CHECK(read_events(detail::history_as_events(long_one)) ==
        std::vector<Scalar>{{1, ~std::uint64_t{0}, "training loss", 2},
                            {0, 0, std::string(300, 'n'), 1}});
  CHECK(read_events(detail::history_as_events({})).empty());
}

TEST_CASE("a history for TensorBoard that is saved again replaces its file, and no other run's") {
  const test::TemporaryFolder folder;
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator{folder.path}, {});
  };
  History history = small();
  save_tensorboard(folder.path, history);
  save_tensorboard(folder.path, history);
  CHECK(files() == 1);
  history.start += 1e-3;
  save_tensorboard(folder.path, history);
  CHECK(files() == 2);
}

TEST_CASE("a folder for TensorBoard that cannot be made is an error that names it") {
  const test::TemporaryFolder folder;
  const std::string file = (folder.path / "file").string();
  std::ofstream{file} << "not a folder";
  CHECK_THROWS_WITH_AS(save_tensorboard(file, small()),
                       (file + ": cannot be created: Not a directory").c_str(), FileError);
  CHECK_THROWS_WITH_AS(save_tensorboard(file + "/run", small()),
                       (file + "/run: cannot be created: Not a directory").c_str(), FileError);
}
