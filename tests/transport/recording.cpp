// A recording in a file: every damage is found, and named.
#include <tributary/transport/recording.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/temporary_folder.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

Recording small() {
  Recording recording;
  recording.begin({{{"rule", "Downpour"}, {"Downpour::period", "5"}}}, 3, 0x1234);
  recording.start(2, 77);
  recording.lease(2, {.share = 1, .begin = 10, .end = 20});
  recording.merge({.worker = 2, .steps = 5, .loss_sum = 0.25}, 1.5);
  recording.set_workers(2);
  recording.read(2);
  recording.end(2, 15);
  recording.finish(0x5678);
  return recording;
}
std::string contents(const std::filesystem::path& path) {
  std::ostringstream all;
  all << std::ifstream{path, std::ios::binary}.rdbuf();
  return all.str();
}
std::string refusal(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
  try {
    Recording::load(path);
  } catch (const FileError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a file has all of a recording, 24 bytes an event") {
  const TemporaryFolder folder;
  const auto path = folder.path / "run.rec";
  const Recording recording = small();
  recording.save(path);
  const Recording loaded = Recording::load(path);
  CHECK(loaded == recording);
  CHECK(loaded.merges() == 1);
  CHECK(loaded.workers() == 3);
  const std::string bytes = contents(path);
  // magic, version, workers, checksums 8 + 4 + 4 + 4 + 5; strings 8 + 4 * 8 + 29; events 8 + 6 * 24
  CHECK(bytes.size() == 25 + 69 + 152 + 4);
  // The merge: kind 5, rank 2, 5 steps, 1.5 seconds, a loss of 0.25.
  const std::string merge{"\5\0\2\0\5\0\0\0\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\xd0\x3f", 24};
  CHECK(bytes.substr(25 + 69 + 8 + 48, 24) == merge);
}

TEST_CASE("a damaged file is refused by name") {
  const TemporaryFolder folder;
  const auto path = folder.path / "run.rec";
  small().save(path);
  const std::string whole = contents(path), name = path.string() + ": ";
  CHECK(refusal(path, whole).empty());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    CHECK(refusal(path, damaged).starts_with(name));
    CHECK(refusal(path, whole.substr(0, i)).starts_with(name));
  }
  CHECK(refusal(path, whole + "x") ==
        name + "is damaged: its checksum does not match its contents");
  CHECK(refusal(path, "") == name + "is not a recording of tributary");
  std::string newer = whole;
  newer[8] = 2;
  CHECK(refusal(path, newer) == name + "has format version 2, expected 1");
}

TEST_CASE("contents that do not fit together are refused, even with the right checksum") {
  const TemporaryFolder folder;
  const auto path = folder.path / "run.rec";
  small().save(path);
  const std::string whole = contents(path);
  const auto changed = [&](std::size_t at, unsigned char byte) {
    std::string bytes = whole.substr(0, whole.size() - 4);
    bytes[at] = static_cast<char>(byte);
    std::vector<std::byte> sum;
    save_state(sum, crc32c(std::as_bytes(std::span{bytes})));
    for (const std::byte b : sum) bytes += static_cast<char>(b);
    return refusal(path, bytes);
  };
  const std::string refused = path.string() + ": is damaged: its contents do not fit together";
  constexpr std::size_t events = 25 + 69 + 8;
  CHECK(changed(events, 6) == refused);         // a kind that does not exist
  CHECK(changed(events + 2, 3) == refused);     // a rank of three workers
  CHECK(changed(events - 1, 0xff) == refused);  // far too many events
  CHECK(changed(events - 8, 5) == refused);     // too few
  CHECK(changed(25 + 7, 0xff) == refused);      // far too many settings
  CHECK(changed(25 + 8 + 7, 0x7f) == refused);  // a name that is far too long
  CHECK(changed(12 + 3, 0x80) == refused);      // a negative number of workers
}
