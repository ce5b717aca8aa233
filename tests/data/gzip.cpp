#include <tributary/data/gzip.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <tributary/data/csv.hpp>

#include "compress.hpp"
#include "support.hpp"

using namespace tributary;

namespace {

std::string inflated(const std::string& bytes, std::uint64_t limit = 1 << 30) {
  return std::string{gunzip(FileContents{"x.gz", bytes}, limit).bytes()};
}
std::string error_of(const std::string& bytes, std::uint64_t limit = 1 << 30) {
  return message_of<FileError>([&] { inflated(bytes, limit); });
}

}  // namespace

TEST_CASE("decompression returns the compressed data, in any number of members") {
  std::string large;
  for (int i = 0; i < 200'000; ++i) large += std::to_string(i * 7919 % 100'003);
  for (const std::string& text : {std::string{}, std::string{"a,b\n1,2\n"}, large})
    CHECK(inflated(gzip(text)) == text);
  CHECK(inflated(gzip("one") + gzip("") + gzip("two")) == "onetwo");
  CHECK(inflated(gzip("one") + std::string(512, '\0')) == "one");  // padding
}

TEST_CASE("a compressed table reads like the plain one") {
  const std::string text = "a,b\n1,x\n2,y\n";
  const TemporaryFile file{gzip(text), ".csv.gz"};
  const CsvTable table = read_csv(gunzip(file.path()));
  CHECK(table.name == file.path().string());
  CHECK(table.rows() == 2);
  CHECK(holds(message_of<FileError>([&] { read_csv(file.path()); }), "is compressed by gzip"));
}

TEST_CASE("uncompressed data come back unchanged, but not under the name .gz") {
  CHECK(gunzip(FileContents{"x.csv", "plain"}).bytes() == "plain");
  CHECK(error_of("plain") == "x.gz: is not gzip, expected 1f 8b at the beginning");
}

TEST_CASE("every truncation of a compressed file is an error") {
  const std::string whole = gzip("some text, some more text, some text again");
  for (std::size_t size = 2; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(error_of(whole.substr(0, size)) == "x.gz: ends in the middle of its compressed data");
  }
}

TEST_CASE("a flipped bit in the data or the checksum is an error") {
  const std::string whole = gzip("some text, some more text, some text again");
  constexpr std::size_t header = 10;
  for (std::size_t i = header; i < whole.size(); ++i) {
    std::string broken = whole;
    broken[i] = static_cast<char>(broken[i] ^ 1);
    CAPTURE(i);
    CHECK(error_of(broken).starts_with("x.gz: "));
  }
  CHECK(holds(error_of(gzip("one") + "two"), "x.gz: is broken: "));
}

TEST_CASE("a file that decompresses to more than the limit is an error") {
  const std::string bomb = gzip(std::string(10'000'000, 'x'));
  CHECK(bomb.size() < 100'000);
  CHECK(error_of(bomb, 1'000'000) == "x.gz: decompresses to more than the limit of 1000000 bytes");
  CHECK(inflated(bomb, 10'000'000).size() == 10'000'000);
}
