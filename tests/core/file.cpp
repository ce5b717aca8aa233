#include <tributary/core/file.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <utility>

using namespace tributary;
namespace fs = std::filesystem;

namespace {

struct TemporaryDirectory {
  fs::path path =
      fs::temp_directory_path() / ("tributary_" + std::to_string(std::random_device{}()));
  TemporaryDirectory() { fs::create_directory(path); }
  ~TemporaryDirectory() { fs::remove_all(path); }
};

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{directory}, {}));
}

}  // namespace

TEST_CASE("the bytes of a file are those that were written, also after moves") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "bytes";
  for (const std::size_t size : {0u, 1u, 4096u, 100'000u}) {
    std::string written(size, '\0');
    for (std::size_t i = 0; i < size; ++i) written[i] = static_cast<char>(i * 7);
    write_file_atomically(path, written);
    FileContents first{path};
    CHECK(first.bytes() == written);
    CHECK(first.name() == path.string());
    FileContents second = std::move(first);
    FileContents third{"other", "bytes"};
    third = std::move(second);
    CHECK(third.bytes() == written);
  }
  CHECK(entries(directory.path) == 1);  // no temporary file is left
}

TEST_CASE("bytes in memory keep their name, also after a move") {
  FileContents short_one{"a", "xy"};
  const FileContents moved = std::move(short_one);
  CHECK(moved.name() == "a");
  CHECK(moved.bytes() == "xy");
}

TEST_CASE("a file that cannot be read is an error with its name and the reason") {
  const TemporaryDirectory directory;
  const std::string nothing = (directory.path / "nothing").string();
  CHECK_THROWS_WITH_AS(FileContents{nothing},
                       (nothing + ": cannot be opened: No such file or directory").c_str(),
                       FileError);
  CHECK_THROWS_WITH_AS(FileContents{directory.path},
                       (directory.path.string() + ": is a directory, expected a file").c_str(),
                       FileError);
}

TEST_CASE("writing replaces the file that a link points to, and keeps the link") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path / "file", link = directory.path / "link";
  write_file_atomically(file, "old");
  fs::create_symlink(file, link);
  write_file_atomically(link, "new");
  CHECK(FileContents{file}.bytes() == "new");
  CHECK(fs::is_symlink(link));
}

TEST_CASE(
    "writing follows links to a file that does not exist yet, and refuses a circle of links") {
  const TemporaryDirectory directory;
  const fs::path first = directory.path / "first", second = directory.path / "second";
  fs::create_symlink("second", first);
  fs::create_symlink(directory.path / "file", second);
  write_file_atomically(first, "new");
  CHECK(FileContents{directory.path / "file"}.bytes() == "new");
  CHECK(fs::is_symlink(first));
  CHECK(fs::is_symlink(second));
  fs::remove(second);
  fs::create_symlink("first", second);
  CHECK_THROWS_WITH_AS(write_file_atomically(first, "x"),
                       (first.string() + ": is a link to itself").c_str(), FileError);
  CHECK(entries(directory.path) == 3);
}

TEST_CASE("writing keeps the permissions of an existing file") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "file";
  write_file_atomically(path, "old");
  for (const fs::perms mode :
       {fs::perms{0600}, fs::perms{0644}, fs::perms{0666}, fs::perms{0755}}) {
    fs::permissions(path, mode);
    write_file_atomically(path, "new");
    CHECK(fs::status(path).permissions() == mode);
  }
}

TEST_CASE("a name may be as long as the system allows") {
  const TemporaryDirectory directory;
  std::string accents;
  for (int i = 0; i < 127; ++i) accents += "\xc3\xa9";
  for (const std::string& name : {std::string(250, 'x'), std::string(255, 'x'), accents}) {
    const fs::path path = directory.path / name;
    write_file_atomically(path, "old");
    write_file_atomically(path, "new");
    CHECK(FileContents{path}.bytes() == "new");
  }
  CHECK(entries(directory.path) == 3);
  CHECK_THROWS_AS(write_file_atomically(directory.path / std::string(256, 'x'), "x"), FileError);
  CHECK(entries(directory.path) == 3);
}

TEST_CASE("a file that was read before it is replaced keeps its bytes") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "file";
  write_file_atomically(path, "before");
  const FileContents before{path};
  write_file_atomically(path, "after");
  CHECK(before.bytes() == "before");
}

TEST_CASE("a file that cannot be written is an error, and leaves nothing behind") {
  const TemporaryDirectory directory;
  const fs::path lost = directory.path / "no" / "file";
  CHECK_THROWS_WITH_AS(write_file_atomically(lost, "x"),
                       (lost.string() + ": cannot be written: No such file or directory").c_str(),
                       FileError);
  CHECK_THROWS_WITH_AS(
      write_file_atomically(directory.path, "x"),
      (directory.path.string() + ": is not a regular file, so it cannot be replaced").c_str(),
      FileError);
  CHECK(entries(directory.path) == 0);
}

TEST_CASE("a named pipe is opened once and read to its end") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const std::string sent(200'000, 'x');  // more than a pipe holds
  std::jthread writer{[&] { std::ofstream{path, std::ios::binary} << sent; }};
  const FileContents contents{path};
  CHECK(contents.name() == path.string());
  CHECK(contents.bytes() == sent);
}

TEST_CASE("gzip is recognized by its first two bytes") {
  CHECK(FileContents{"a", "\x1f\x8b\x08"}.is_gzip());
  CHECK(!FileContents{"a", "\x1f"}.is_gzip());
  CHECK(!FileContents{"a", ""}.is_gzip());
}

#if defined(__linux__)
TEST_CASE("a file is locked by one holder at a time, and removed by the last") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path / "lock";
  {
    const detail::FileLock first{path};
    CHECK(first.held());
    CHECK_THROWS_WITH_AS(detail::FileLock{path},
                         (path.string() + ": is locked by another process").c_str(), FileError);
    fs::remove(path);  // another file has the name from now on
    const detail::FileLock second{path};
    CHECK(second.held());
  }
  CHECK_FALSE(fs::exists(path));
  CHECK_THROWS_AS(detail::FileLock{path / "no"}, FileError);
}
#endif
