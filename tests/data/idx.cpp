#include <tributary/data/idx.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "compress.hpp"
#include "support.hpp"

using namespace tributary;

namespace {

using namespace std::string_literals;

const std::string images =
    "\0\0\x08\x03\0\0\0\x03\0\0\0\x02\0\0\0\x01"s + "\x00\xff\x33\x66\x01\x02"s;
const std::string labels = "\0\0\x08\x01\0\0\0\x03"s + "\x01\x00\x03"s;

std::string error_of(const std::string& image_bytes, const std::string& label_bytes) {
  const TemporaryFile image_file{image_bytes}, label_file{label_bytes};
  std::string message =
      message_of<FileError>([&] { read_idx(image_file.path(), label_file.path()); });
  for (const auto& [path, name] :
       {std::pair{image_file.path(), "images"}, std::pair{label_file.path(), "labels"}})
    for (auto at = message.find(path.string()); at != message.npos;
         at = message.find(path.string()))
      message.replace(at, path.string().size(), name);
  return message;
}
std::string with(std::string bytes, std::size_t at, char byte) {
  bytes.at(at) = byte;
  return bytes;
}

}  // namespace

TEST_CASE("pixels are divided by 255, classes go up to the greatest label") {
  for (const bool compressed : {false, true}) {
    const TemporaryFile image_file{compressed ? gzip(images) : images},
        label_file{compressed ? gzip(labels) : labels};
    const Events events = read_idx(image_file.path(), label_file.path());
    events.validate();
    Matrix<float> expected(2, 3);
    expected << 0, 0.2f, 1 / 255.0f, 1, 0.4f, 2 / 255.0f;
    CHECK(events.features.isApprox(expected));
    CHECK(events.labels == std::vector{1, 0, 3});
    CHECK(events.classes == std::vector<std::string>{"0", "1", "2", "3"});
  }
}

TEST_CASE("values of all types are read, and values that are not pixels are unchanged") {
  const auto read = [](char type, const std::string& values, char label_type,
                       const std::string& label_values) {
    const TemporaryFile image_file{"\0\0"s + type + "\x02\0\0\0\x02\0\0\0\x01"s + values},
        label_file{"\0\0"s + label_type + "\x01\0\0\0\x02"s + label_values};
    return read_idx(image_file.path(), label_file.path(), {"a", "b", "c"});
  };
  const auto check = [](const Events& events, float first, float second) {
    CHECK(events.features == Eigen::RowVector2f{first, second});
    CHECK(events.labels == std::vector{2, 1});
    CHECK(events.classes == std::vector<std::string>{"a", "b", "c"});
  };
  // Bytes by Python's struct.pack(">b", ...) and so on.
  check(read(0x09, "\xfe\x7f"s, 0x09, "\x02\x01"s), -2, 127);
  check(read(0x0b, "\xfe\xd4\x7f\xff"s, 0x0b, "\0\x02\0\x01"s), -300, 32767);
  check(read(0x0c, "\xff\xfe\xee\x90\0\0\0\x05"s, 0x0c, "\0\0\0\x02\0\0\0\x01"s), -70000, 5);
  check(read(0x0d, "\xbf\xc0\0\0\x40\x49\x0f\xdb"s, 0x0d, "\x40\0\0\0\x3f\x80\0\0"s), -1.5f,
        3.1415927f);
  check(read(0x0e, "\xbf\xf8\0\0\0\0\0\0\x40\x59\0\0\0\0\0\0"s, 0x08, "\x02\x01"s), -1.5f, 100);
}

TEST_CASE("a value outside the range of float is an error that names its position") {
  const std::string head = "\0\0\x0e\x02\0\0\0\x03\0\0\0\x01"s, one = "\x3f\xf0\0\0\0\0\0\0"s;
  CHECK(error_of(head + one + "\x54\xb2\x49\xad\x25\x94\xc3\x7d"s + one, labels) ==  // 1e100
        "images: image 1, value 0 (the first is 0): found 1e+100, expected a number that a float "
        "holds");
}

TEST_CASE("labels that are not classes are an error, not a billion names") {
  const auto labeled = [](const std::string& label, const std::vector<std::string>& classes = {}) {
    const TemporaryFile image_file{"\0\0\x08\x02\0\0\0\x01\0\0\0\x01\x07"s},
        label_file{"\0\0\x0c\x01\0\0\0\x01"s + label};
    const std::string message =
        message_of<FileError>([&] { read_idx(image_file.path(), label_file.path(), classes); });
    return message.substr(std::min(message.size(), label_file.path().string().size()));
  };
  CHECK(labeled("\x77\0\0\0"s) ==
        ": label 0 (the first is 0): found 1996488704, expected a whole number from 0 to 255");
  CHECK(labeled("\xff\xff\xff\xff"s) ==
        ": label 0 (the first is 0): found -1, expected a whole number from 0 to 255");
  CHECK(labeled("\0\0\0\x02"s, {"a", "b"}) ==
        ": label 0 (the first is 0): found 2, expected a whole number from 0 to 1");
  CHECK(labeled("\0\0\0\x02"s) == "");
}

TEST_CASE("an IDX file that contradicts its header is an error that names it") {
  CHECK(error_of("", labels) == "images: found 0 bytes, expected at least the 4 of the IDX magic");
  CHECK(error_of(with(images, 0, 1), labels) ==
        "images: found no IDX magic, expected a file that begins with 0 0");
  CHECK(error_of(with(images, 2, 0x0a), labels) ==
        "images: found values of type 10, expected 8, 9, 11, 12, 13 or 14");
  CHECK(error_of(with(images, 2, 0x0d), labels) ==
        "images: found dimension 0 = 3, expected no more values than the file has room for");
  CHECK(error_of(labels, labels) == "images: found 1 dimensions, expected 2 to 4");
  CHECK(error_of(images, images) == "labels: found 3 dimensions, expected 1 to 1");
  CHECK(error_of(images.substr(0, 9), labels) ==
        "images: found 5 bytes of dimensions, expected 12");
  CHECK(error_of(images.substr(0, images.size() - 1), labels) ==
        "images: found dimension 1 = 2, expected no more values than the file has room for");
  CHECK(error_of(images + "x", labels) == "images: found 7 bytes of values, expected 6");
  CHECK(error_of(with(images, 7, 0), labels) ==
        "images: found dimension 0 = 0, expected at least 1");
  CHECK(error_of(images, "\0\0\x08\x01\0\0\0\x02\x01\x00"s) ==
        "labels: found 2 labels, expected 3, one an image of images");
}

TEST_CASE("dimensions that multiply beyond all memory are an error, not an allocation") {
  const std::string huge = "\0\0\x08\x04"s + std::string(16, '\xff') + "pixels";
  CHECK(holds(error_of(huge, labels), "dimension 0 = 4294967295"));
}

TEST_CASE("Fashion-MNIST has 60000 + 10000 images of 784 pixels in 10 equal classes") {
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: there is no " << folder);
    return;
  }
  const auto read = [&](const std::string& part) {
    return read_idx(folder + part + "-images-idx3-ubyte.gz",
                    folder + part + "-labels-idx1-ubyte.gz");
  };
  for (const auto& [part, size] : {std::pair{"train", 60'000}, std::pair{"t10k", 10'000}}) {
    const Events events = read(part);
    CHECK(events.features.rows() == 784);
    CHECK(events.features.cols() == size);
    CHECK(events.classes.size() == 10);
    CHECK(std::ranges::count(events.labels, 9) == size / 10);
    CHECK(events.features.minCoeff() == 0);
    CHECK(events.features.maxCoeff() == 1);
  }
  // The mean pixel of the training images, as it is known: 0.2860.
  CHECK(read("train").features.cast<double>().mean() == doctest::Approx(0.2860).epsilon(0.001));
}
