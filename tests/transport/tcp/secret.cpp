#include <tributary/transport/tcp/secret.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <ostream>
#include <random>

#include "transport/tcp/support.hpp"

using namespace tributary;
namespace fs = std::filesystem;

namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(Printable<int> && !Printable<Secret>);

/// A file that only its owner may read, removed at the end of the scope.
struct KeyFile {
  fs::path path =
      fs::temp_directory_path() / ("tributary_secret_" + std::to_string(std::random_device{}()));
  explicit KeyFile(std::string_view contents) {
    write_file_atomically(path, contents);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  }
  ~KeyFile() { fs::remove(path); }
};

const std::string key = "0123456789abcdef";
const Bytes said = bytes_of("what was said");

/// The message of the exception of this type that `act` throws.
template <class Exception>
std::string failure(const auto& act) {
  try {
    act();
  } catch (const Exception& error) {
    return error.what();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("HMAC-SHA-256 has the published value") {
  // RFC 4231, 4.7: the key that is long enough, and not as long as a block.
  CHECK(Secret::of(std::string(131, '\xaa'))
            .sign(bytes_of("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        ByteReader{bytes_of({"\x60\xe4\x31\x59\x1e\xe0\xb6\x7f\x0d\x8a\x26\xaa\xcb\xf5\xb7\x7f"
                             "\x8e\x0b\xc6\x21\x37\x28\xc5\x14\x05\x46\x04\x0f\x0e\xe3\x7f\x54",
                             32})}
            .bytes<32>());
}

TEST_CASE("a secret confirms what the same secret signed, and nothing else") {
  const Secret secret = Secret::of(key), same = Secret::of(key), none;
  const Bytes32 mac = secret.sign(said);
  CHECK(same.confirms(said, mac));
  CHECK(Secret{secret}.confirms(said, mac));
  CHECK_FALSE(Secret::of(key + "0").confirms(said, mac));
  CHECK_FALSE(none.confirms(said, mac));
  CHECK_FALSE(secret.confirms(bytes_of("what was not"), mac));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Bytes32 flipped = mac;
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    CHECK_FALSE(secret.confirms(said, flipped));
  }
}

TEST_CASE("without a key only the key differs") {
  const Secret none;
  CHECK(none.empty());
  CHECK_FALSE(Secret::of(key).empty());
  CHECK(none.confirms(said, Secret{}.sign(said)));
}

TEST_CASE("the error for a short key does not show the key") {
  const std::string message = failure<std::invalid_argument>([] { return Secret::of("hush"); });
  CHECK(message == "Secret: bytes = 4, must be at least 16");
}

TEST_CASE("a key is read from a file without its line ends") {
  for (const std::string_view end : {"", "\n", "\r\n", "\n\n"}) {
    const KeyFile file{key + std::string{end}};
    CHECK(Secret::from_file(file.path).confirms(said, Secret::of(key).sign(said)));
  }
}

TEST_CASE("a file without a key is an error that does not show its contents") {
  CHECK_THROWS_AS(Secret::from_file("/no/such/file"), FileError);
  const KeyFile file{"hush\n"};
  const std::string message = failure<FileError>([&] { return Secret::from_file(file.path); });
  CHECK(message == file.path.string() + ": has 4 bytes, expected a key of at least 16");
  const KeyFile empty{"\n\n"};
  CHECK_THROWS_AS(Secret::from_file(empty.path), FileError);
}

TEST_CASE("a file that others may use is refused, and the error has a remedy") {
  const KeyFile file{key};
  for (const fs::perms more : {fs::perms::group_read, fs::perms::others_read,
                               fs::perms::group_write, fs::perms::others_all}) {
    fs::permissions(file.path, more, fs::perm_options::add);
    const std::string message = failure<FileError>([&] { return Secret::from_file(file.path); });
    CHECK(message.find("chmod 600 " + file.path.string()) != std::string::npos);
    CHECK(message.find(key) == std::string::npos);
    fs::permissions(file.path, more, fs::perm_options::remove);
  }
  CHECK_NOTHROW(Secret::from_file(file.path));
}

TEST_CASE("a key is read from the environment") {
  const std::string name = "TRIBUTARY_TEST_SECRET";
  ::setenv(name.c_str(), key.c_str(), 1);
  CHECK(Secret::from_environment(name).confirms(said, Secret::of(key).sign(said)));
  ::setenv(name.c_str(), (key + "\r\n").c_str(), 1);
  CHECK(Secret::from_environment(name).confirms(said, Secret::of(key).sign(said)));
  ::setenv(name.c_str(), "hush", 1);
  CHECK(failure<std::invalid_argument>([&] { return Secret::from_environment(name); }) ==
        name + ": bytes = 4, must be at least 16");
  ::unsetenv(name.c_str());
  CHECK(failure<std::invalid_argument>([&] { return Secret::from_environment(name); }) ==
        name + " is not set in the environment, expected a key");
}

TEST_CASE("random bytes are not the same twice") { CHECK(random_bytes32() != random_bytes32()); }
