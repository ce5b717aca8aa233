// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace tributary::inline v0_1 {

/// A file cannot be read or written, or has invalid contents. The message has the file, the place
/// in it, the found value and the expected one.
struct FileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

namespace detail {

[[noreturn]] inline void fail_with_errno(const std::filesystem::path& path, const char* what) {
  const int code = errno;
  throw FileError{path.string() + ": " + what + ": " + std::generic_category().message(code)};
}

#if __has_include(<sys/mman.h>)

struct Unmap {
  std::size_t size = 0;
  void operator()(const char* bytes) const noexcept { ::munmap(const_cast<char*>(bytes), size); }
};
using Mapping = std::unique_ptr<const char, Unmap>;

struct Descriptor {
  int value;
  explicit Descriptor(int fd) : value{fd} {}
  Descriptor(Descriptor&&) = delete;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

/// Maps a file, or reads it into `contents` if it cannot be mapped: a pipe, which can be opened
/// only once, or an empty file.
inline Mapping map_or_read(const std::filesystem::path& path, std::string& contents) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status;
  if (file.value < 0 || ::fstat(file.value, &status) != 0)
    fail_with_errno(path, "cannot be opened");
  if (S_ISDIR(status.st_mode)) throw FileError{path.string() + ": is a directory, expected a file"};
  if (S_ISREG(status.st_mode)) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.value, 0);
    if (bytes != MAP_FAILED) return {static_cast<const char*>(bytes), Unmap{size}};
  }
  std::string chunk(std::size_t{1} << 16, '\0');
  while (true) {
    const ::ssize_t count = ::read(file.value, chunk.data(), chunk.size());
    if (count == 0) return {};
    if (count < 0 && errno != EINTR) fail_with_errno(path, "cannot be read");
    if (count > 0) contents.append(chunk, 0, static_cast<std::size_t>(count));
  }
}

/// Writes a new file, synchronized to disk, with these permissions if they are known. Errors use
/// the other name, if there is one.
inline void write_new_file(const std::filesystem::path& path, std::string_view contents,
                           std::filesystem::perms permissions = std::filesystem::perms::unknown,
                           const std::filesystem::path& called = {}) {
  const std::filesystem::path& name = called.empty() ? path : called;
  const bool known = permissions != std::filesystem::perms::unknown;
  const auto mode = static_cast<::mode_t>(permissions) & 07777;
  const Descriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, known ? mode : 0666)};
  if (file.value < 0 || (known && ::fchmod(file.value, mode) != 0))
    fail_with_errno(name, "cannot be written");
  while (!contents.empty()) {
    const ::ssize_t written = ::write(file.value, contents.data(), contents.size());
    if (written < 0 && errno != EINTR) fail_with_errno(name, "cannot be written");
    if (written > 0) contents.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.value) != 0) fail_with_errno(name, "cannot be written");
}

/// Synchronizes the names in a directory to disk, if it is readable and supports it.
inline void sync_directory(const std::filesystem::path& path) {
  const Descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const bool synced = directory.value >= 0 && ::fsync(directory.value) == 0;
  if (!synced && errno != EACCES && errno != EINVAL) fail_with_errno(path, "cannot be synced");
}

/// Throws FileError if users other than the owner have any permission.
inline void require_private(const std::filesystem::path& path) {
  using std::filesystem::perms;
  if ((std::filesystem::status(path).permissions() & (perms::group_all | perms::others_all)) !=
      perms::none)
    throw FileError{path.string() + ": other users have access to it; chmod 600 " + path.string()};
}

/// A lock on a file of this name, exclusive among processes. It ends with this object, or with the
/// process for any reason. The file is removed if possible.
class FileLock {
 public:
  /// Throws FileError, also if another process has the lock.
  explicit FileLock(std::filesystem::path path) : path_{std::move(path)} {
    for (;;) {
      const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (file < 0) fail_with_errno(path_, "cannot be opened");
      file_.emplace(file);
      held_ = ::flock(file, LOCK_EX | LOCK_NB) == 0;
      if (!held_ && errno == EWOULDBLOCK)
        throw FileError{path_.string() + ": is locked by another process"};
      struct stat here, there;
      const bool removed = ::fstat(file, &here) != 0 || ::stat(path_.c_str(), &there) != 0 ||
                           here.st_ino != there.st_ino || here.st_dev != there.st_dev;
      if (!held_ || !removed) return;  // otherwise its last owner has removed it
    }
  }
  FileLock(FileLock&&) = delete;
  ~FileLock() {
    if (held_) ::unlink(path_.c_str());
  }
  /// False if the file system has no locks.
  bool held() const noexcept { return held_; }

 private:
  std::filesystem::path path_;
  std::optional<Descriptor> file_;
  bool held_ = false;
};

#else

struct Unmap {
  std::size_t size = 0;
  void operator()(const char*) const noexcept {}
};
using Mapping = std::unique_ptr<const char, Unmap>;

inline Mapping map_or_read(const std::filesystem::path& path, std::string& contents) {
  if (std::error_code none; std::filesystem::is_directory(path, none))
    throw FileError{path.string() + ": is a directory, expected a file"};
  std::ifstream in{path, std::ios::binary};
  if (!in) fail_with_errno(path, "cannot be opened");
  std::string chunk(std::size_t{1} << 16, '\0');
  while (in.read(chunk.data(), std::ssize(chunk)) || in.gcount() > 0)
    contents.append(chunk, 0, static_cast<std::size_t>(in.gcount()));
  if (in.bad()) fail_with_errno(path, "cannot be read");
  return {};
}

inline void write_new_file(const std::filesystem::path& path, std::string_view contents,
                           std::filesystem::perms = std::filesystem::perms::unknown,
                           const std::filesystem::path& called = {}) {
  std::ofstream out{path, std::ios::binary};
  if (!out.write(contents.data(), static_cast<std::streamsize>(contents.size())).flush())
    fail_with_errno(called.empty() ? path : called, "cannot be written");
}

inline void sync_directory(const std::filesystem::path&) {}

inline void require_private(const std::filesystem::path&) {}  // this system has no permissions

class FileLock {
 public:
  explicit FileLock(const std::filesystem::path&) {}
  bool held() const noexcept { return false; }
};

#endif

/// Renames a file, which replaces the one at `to`. Both names are synchronized to disk.
inline void replace_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error) throw FileError{to.string() + ": cannot be replaced: " + error.message()};
  sync_directory(to.has_parent_path() ? to.parent_path() : ".");
}

}  // namespace detail

/// The bytes of a file, with its name for messages. It is mapped if possible, so that nothing is
/// copied and only accessed pages are read. No program may shorten the file meanwhile.
class FileContents {
 public:
  /// Throws FileError.
  explicit FileContents(const std::filesystem::path& path)
      : name_{path.string()}, mapping_{detail::map_or_read(path, owned_)} {}
  /// Takes bytes from another source: decompressed, downloaded, or written in a test.
  FileContents(std::string name, std::string bytes)
      : name_{std::move(name)}, owned_{std::move(bytes)} {}

  const std::string& name() const noexcept { return name_; }
  /// Valid as long as this is neither moved nor destroyed.
  std::string_view bytes() const noexcept {
    return mapping_ ? std::string_view{mapping_.get(), mapping_.get_deleter().size} : owned_;
  }
  bool is_gzip() const noexcept { return bytes().starts_with("\x1f\x8b"); }

 private:
  std::string name_;
  std::string owned_;  ///< Contents without a mapping.
  detail::Mapping mapping_;
};

/// Replaces a file atomically: a reader, or a crash at any time, sees either the old or the new
/// contents. After the return, the new ones survive a loss of power. It follows links and keeps the
/// permissions of an existing file. Throws FileError, also for a path that is not a regular file.
inline void write_file_atomically(const std::filesystem::path& path, std::string_view contents) {
  std::error_code error;
  std::filesystem::path target = path;
  auto permissions = std::filesystem::perms::unknown;
  constexpr int most_links = 40;  // as in Linux
  for (int links = 0; std::filesystem::is_symlink(target, error); ++links) {
    if (links == most_links) throw FileError{path.string() + ": is a link to itself"};
    target = target.parent_path() / std::filesystem::read_symlink(target, error);
  }
  if (std::filesystem::exists(target, error)) {
    if (!std::filesystem::is_regular_file(target, error))
      throw FileError{path.string() + ": is not a regular file, so it cannot be replaced"};
    permissions = std::filesystem::status(target, error).permissions();
  }
  // A name may have 255 bytes, and must not end within a character.
  constexpr std::size_t longest = 240;
  std::string name = target.filename().string();
  if (name.size() > longest) {
    name.resize(longest);
    while (!name.empty() && static_cast<unsigned char>(name.back()) >= 0x80) name.pop_back();
  }
  const std::filesystem::path temporary =
      target.parent_path() / (name + ".tmp" + std::to_string(std::random_device{}()));
  try {
    detail::write_new_file(temporary, contents, permissions, target);
    detail::replace_file(temporary, target);
  } catch (...) {
    std::filesystem::remove(temporary, error);
    throw;
  }
}

}  // namespace tributary::inline v0_1
