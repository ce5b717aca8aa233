#include <tributary/transport/detail/checkpoint_file.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#if defined(__linux__)
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#endif

using namespace tributary;
namespace fs = std::filesystem;

namespace {

struct Place {
  fs::path directory =
      fs::temp_directory_path() / ("tributary_" + std::to_string(std::random_device{}()));
  fs::path path = directory / "hub", previous = directory / "hub.previous";

  Place() { fs::create_directory(directory); }
  ~Place() { fs::remove_all(directory); }
  /// Only generations `newest` − 1 and `newest` exist.
  void write_two(std::uint64_t newest) const;
  auto files() const { return std::distance(fs::directory_iterator{directory}, {}); }
};

/// Checkpoints are distinguished by the run.
CheckpointSections generation(std::uint64_t run) {
  return {.run = run,
          .sections = {{std::byte{7}, static_cast<std::byte>(run)}, {}, {std::byte{9}}}};
}
void Place::write_two(std::uint64_t newest) const {
  fs::remove_all(directory);
  fs::create_directory(directory);
  write_checkpoint(path, generation(newest - 1));
  write_checkpoint(path, generation(newest));
}

std::string contents(const fs::path& path) { return std::string{FileContents{path}.bytes()}; }

/// The generation that is found, which must be exactly as it was written.
std::uint64_t found(const fs::path& path) {
  const auto checkpoint = read_checkpoint(path);
  REQUIRE(checkpoint);
  CHECK(checkpoint->sections == generation(checkpoint->run).sections);
  return checkpoint->run;
}
std::string problem_with(const fs::path& path) {
  try {
    read_checkpoint(path);
  } catch (const FileError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a checkpoint is read as it was written, and the previous one is kept") {
  const Place place;
  CHECK(!read_checkpoint(place.path));
  for (std::uint64_t run = 1; run <= 3; ++run) {
    write_checkpoint(place.path, generation(run));
    CHECK(found(place.path) == run);
    CHECK(read_checkpoint(place.path)->skipped.empty());
  }
  CHECK(found(place.previous) == 2);
  CHECK(place.files() == 2);
  write_checkpoint(place.path, {});
  CHECK(read_checkpoint(place.path)->sections.empty());
}

TEST_CASE("the bytes of a checkpoint follow its description") {
  const Place place;
  write_checkpoint(place.path, {.run = 0x0102, .sections = {{std::byte{'a'}}}});
  using namespace std::string_view_literals;
  const std::string written = contents(place.path);
  CHECK(written.substr(0, written.size() - 4) ==
        "TRIBHUB\n\4\0\0\0\1\0\0\0\x2d\0\0\0\0\0\0\0\2\1\0\0\0\0\0\0\1\0\0\0\0\0\0\0a"sv);
  CHECK(written.size() == 0x2d);
}

TEST_CASE("a truncated checkpoint is refused, and the previous one is used") {
  const Place place;
  place.write_two(2);
  const std::string whole = contents(place.path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    write_file_atomically(place.path, whole.substr(0, size));
    CHECK(found(place.path) == 1);
    CHECK(read_checkpoint(place.path)
              ->skipped.starts_with(place.path.string() + ": has " + std::to_string(size) +
                                    " bytes, expected "));
  }
  fs::remove(place.path);
  CHECK(found(place.path) == 1);
  CHECK(read_checkpoint(place.path)->skipped == place.path.string() + ": does not exist");
}

TEST_CASE("a checkpoint with a flipped bit, or with bytes after its end, is refused") {
  const Place place;
  write_checkpoint(place.path, generation(1));
  const std::string whole = contents(place.path);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    CAPTURE(bit);
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write_file_atomically(place.path, flipped);
    CHECK(problem_with(place.path).starts_with(place.path.string() + ": "));
  }
  write_file_atomically(place.path, whole + '\0');
  CHECK(problem_with(place.path) == place.path.string() + ": has " +
                                        std::to_string(whole.size() + 1) + " bytes, expected " +
                                        std::to_string(whole.size()));
}

TEST_CASE("sections that are longer than the file are refused, though the checksum is right") {
  const Place place;
  write_checkpoint(place.path, generation(1));
  const std::string whole = contents(place.path);
  for (const std::size_t at : {12u, 32u, 39u}) {  // number of sections; length of the first
    std::string wrong = whole.substr(0, whole.size() - 4);
    wrong[at] = '\xff';
    std::vector<std::byte> checksum;
    save_state(checksum, crc32c(std::as_bytes(std::span{wrong})));
    for (const std::byte byte : checksum) wrong += static_cast<char>(byte);
    write_file_atomically(place.path, wrong);
    CHECK(problem_with(place.path) ==
          place.path.string() + ": is damaged: its sections do not match its length");
  }
}

TEST_CASE("two damaged generations are an error that names both and their damage") {
  const Place place;
  place.write_two(2);
  std::string newer = contents(place.path);
  newer[8] = 1;
  write_file_atomically(place.path, newer);
  write_file_atomically(place.previous, std::string(100, 'x'));
  CHECK(problem_with(place.path) == place.path.string() + ": has format version 1, expected 4; " +
                                        place.previous.string() + ": is not a checkpoint");
}

TEST_CASE("a damaged checkpoint does not replace an intact one") {
  const Place place;
  place.write_two(2);
  write_file_atomically(place.path, "damaged");
  write_checkpoint(place.path, generation(3));
  CHECK(found(place.path) == 3);
  CHECK(found(place.previous) == 1);
}

TEST_CASE("a file that is not regular is not replaced") {
  const Place place;
  fs::create_directory(place.path);
  CHECK_THROWS_WITH_AS(
      write_checkpoint(place.path, generation(1)),
      (place.path.string() + ": is not a regular file, so it cannot be replaced").c_str(),
      FileError);
  CHECK_THROWS_AS(write_checkpoint(place.directory / "no" / "hub", generation(1)), FileError);
  CHECK(place.files() == 1);
}

#if defined(__linux__)

namespace {

/// Runs `work` in a process that is killed when it enters or leaves a system call for the `calls`th
/// time. Returns whether it had finished before.
bool finishes_within(int calls, const auto& work) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFSTOPPED(status));
  for (int i = 0; i < calls; ++i) {
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) return true;
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return false;
}

/// The message of the FileError that `work` throws if no file may be longer than `size`.
std::string problem_on_full_disk(std::size_t size, const fs::path& report, const auto& work) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = size;
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      work();
    } catch (const FileError& error) {
      limit.rlim_cur = before;
      setrlimit(RLIMIT_FSIZE, &limit);
      write_file_atomically(report, error.what());
    }
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  std::string problem = fs::exists(report) ? contents(report) : "";
  fs::remove(report);
  return problem;
}

}  // namespace

TEST_CASE("a crash at any step of writing leaves the old checkpoint or the new one") {
  const Place place;
  for (const bool damaged : {false, true}) {
    CAPTURE(damaged);
    const std::uint64_t old = damaged ? 1 : 2;
    std::uint64_t before = old;
    bool finished = false;
    int calls = 0;
    for (; !finished; ++calls) {
      CAPTURE(calls);
      place.write_two(2);
      if (damaged) write_file_atomically(place.path, "damaged");
      finished = finishes_within(calls, [&] { write_checkpoint(place.path, generation(3)); });
      const std::uint64_t now = found(place.path);
      CHECK((damaged || read_checkpoint(place.path)->skipped.empty()));
      CHECK((now == before || (before == old && now == 3)));  // no way back
      before = now;
      write_checkpoint(place.path, generation(4));
      CHECK(found(place.path) == 4);
      CHECK(found(place.previous) == now);
      CHECK(place.files() == 2);
    }
    CHECK(before == 3);
    CHECK(calls > 20);
  }
}

TEST_CASE("on a full disk the old checkpoints stay, and the error says so") {
  const Place place;
  place.write_two(2);
  const std::string whole = contents(place.path), one_before = contents(place.previous);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(problem_on_full_disk(size, place.directory / "report", [&] {
            write_checkpoint(place.path, generation(3));
          }) == place.path.string() + ".next: cannot be written: File too large");
    CHECK(contents(place.path) == whole);
    CHECK(contents(place.previous) == one_before);
    CHECK(place.files() == 2);
  }
  CHECK(problem_on_full_disk(whole.size(), place.directory / "report", [&] {
          write_checkpoint(place.path, generation(3));
        }).empty());
  CHECK(found(place.path) == 3);
}

#endif
