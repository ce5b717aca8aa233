#include <tributary/inference/npz.hpp>

#include <doctest/doctest.h>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <tributary/model/sequential.hpp>
#include <utility>
#include <vector>

#include "data/compress.hpp"
#include "data/support.hpp"

using namespace tributary;

namespace {

using namespace std::string_literals;

template <class T>
std::string little(T value) {
  std::string bytes(sizeof(T), '\0');
  detail::store_little(reinterpret_cast<std::byte*>(bytes.data()), value);
  return bytes;
}
std::string two(std::size_t value) { return little(static_cast<std::uint16_t>(value)); }
std::string four(std::size_t value) { return little(static_cast<std::uint32_t>(value)); }

std::string npy(const std::string& type, const std::string& shape, const std::string& numbers,
                const std::string& fortran = "False", char version = 1) {
  const std::string header =
      "{'descr': " + type + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }   \n";
  return "\x93NUMPY"s + version + '\0' + (version == 1 ? two(header.size()) : four(header.size())) +
         header + numbers;
}

/// Numbers first, first + 1, … as a T.
template <class T = float>
std::string counted(int first, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += little(static_cast<T>(first + i));
  return bytes;
}
std::string floats(const std::string& shape, int first, int count) {
  return npy("'<f4'", shape, counted(first, count));
}

using Members = std::vector<std::pair<std::string, std::string>>;  ///< Names and contents.

std::string zip(const Members& members, bool compressed = false) {
  std::string bytes, directory;
  for (const auto& [name, text] : members) {
    const std::string data = compressed ? deflated(text, -MAX_WBITS) : text;
    const std::string common = two(0) + two(compressed ? 8 : 0) + four(0) +
                               four(crc32(0, reinterpret_cast<const Bytef*>(text.data()),
                                          static_cast<uInt>(text.size()))) +
                               four(data.size()) + four(text.size()) + two(name.size());
    directory += "PK\1\2"s + two(20) + two(20) + common + two(0) + two(0) + two(0) + two(0) +
                 four(0) + four(bytes.size()) + name;
    bytes += "PK\3\4"s + two(20) + common + two(4) + name + "more" + data;
  }
  return bytes + directory + "PK\5\6"s + two(0) + two(0) + two(members.size()) +
         two(members.size()) + four(directory.size()) + four(bytes.size()) + two(3) + "end";
}

const Sequential net{Dense<2, 3>{}, Relu{}, Dense<3, 2>{}, SoftmaxCrossEntropy{}};

const Members keras = {{"arr_0.npy", floats("(2, 3)", 1, 6)},
                       {"arr_1.npy", floats("(3,)", 7, 3)},
                       {"arr_2.npy", floats("(3, 2)", 10, 6)},
                       {"arr_3.npy", floats("(2,)", 16, 2)}};
/// The same weights, transposed: as numbers in PyTorch's order, and as Fortran has Keras' ones.
const std::string transposed_0 =
    "\0\0\x80\x3f\0\0\x80\x40\0\0\0\x40\0\0\xa0\x40\0\0\x40\x40\0\0\xc0\x40"s;

/// Keras' numbers in our order, and that of the net written out: both layers have W by columns.
Vector<float> expected() { return Vector<float>::LinSpaced(17, 1, 17); }

auto load(const std::string& bytes, WeightOrder order = WeightOrder::keras,
          std::vector<std::string> names = {}) {
  const TemporaryFile file{bytes, ".npz"};
  return load_npz(file.path(), net, order, std::move(names));
}
std::string error_of(const std::string& bytes, WeightOrder order = WeightOrder::keras,
                     std::vector<std::string> names = {}) {
  const TemporaryFile file{bytes, ".npz"};
  std::string message =
      message_of<FileError>([&] { load_npz(file.path(), net, order, std::move(names)); });
  if (const auto at = message.find(file.path().string()); at != message.npos)
    message.replace(at, file.path().string().size(), "net.npz");
  return message;
}
/// With another first array.
std::string error_with(const std::string& array) {
  Members members = keras;
  members[0].second = array;
  return error_of(zip(members));
}
Members renamed(std::initializer_list<const char*> names) {
  Members members = keras;
  std::size_t i = 0;
  for (const char* name : names) members[i++].first = name;
  return members;
}

class TemporaryFolder {
 public:
  explicit TemporaryFolder(const Members& files) {
    std::filesystem::create_directory(path_);
    for (const auto& [name, text] : files) std::ofstream{path_ / name, std::ios::binary} << text;
  }
  TemporaryFolder(TemporaryFolder&&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                ("tributary_test_" + std::to_string(std::random_device{}()));
};

}  // namespace

TEST_CASE("the arrays of Keras become parameters, stored or deflated") {
  // Keras has W(in, out) by rows, which is W(out, in) by columns, as small Dense layers have it.
  CHECK(load(zip(keras)) == expected());
  CHECK(load(zip(keras, true)) == expected());
  // Dense: x W + b = (1 - 4 + 7, 2 - 5 + 8, 3 - 6 + 9) = (4, 5, 6), then
  // (40 + 60 + 84 + 16, 44 + 65 + 90 + 17) = (200, 216).
  CHECK(net.predict(expected(), Vector<float>{{1, -1}}).coeff(0) ==
        doctest::Approx(std::exp(-16.0)));
}

TEST_CASE("the arrays of PyTorch are transposed") {
  const std::string transposed_2 = [] {
    std::string bytes;
    for (const float value : {10.f, 12.f, 14.f, 11.f, 13.f, 15.f}) bytes += little(value);
    return bytes;
  }();
  const Members pytorch = {{"0.weight.npy", npy("'<f4'", "(3, 2)", transposed_0)},
                           {"0.bias.npy", floats("(3,)", 7, 3)},
                           {"2.weight.npy", npy("'<f4'", "(2, 3)", transposed_2)},
                           {"2.bias.npy", floats("(2,)", 16, 2)}};
  CHECK(load(zip(pytorch), WeightOrder::pytorch) == expected());
  CHECK(error_of(zip(pytorch)) ==
        "net.npz: array 0.weight for the kernel of layer 0 (Dense): found the name of a weight, "
        "expected kernel: the order of weights or of names differs");
  const TemporaryFolder folder{pytorch};
  CHECK(load_npz(folder.path(), net, WeightOrder::pytorch,
                 {"0.weight", "0.bias", "2.weight", "2.bias"}) == expected());
}

TEST_CASE("a square matrix is read in the named order") {
  const auto square = sequential<double>(Dense<2, 2>{}, MeanSquaredError{});
  const TemporaryFile file{
      zip({{"arr_0.npy", floats("(2, 2)", 1, 4)}, {"arr_1.npy", floats("(2,)", 5, 2)}})};
  const auto scores = [&](WeightOrder order) {
    return square.predict(load_npz(file.path(), square, order), Vector<double>{{1, 10}});
  };
  CHECK(scores(WeightOrder::keras) == Vector<double>{{31 + 5, 42 + 6}});
  CHECK(scores(WeightOrder::pytorch) == Vector<double>{{21 + 5, 43 + 6}});
}

TEST_CASE("numbers may be of 16, 32 or 64 bits, in either order, in any version of the format") {
  const auto with_first = [](const std::string& array) {
    Members members = keras;
    members[0].second = array;
    return load(zip(members));
  };
  CHECK(with_first(npy("'<f8'", "(2, 3)", counted<double>(1, 6))) == expected());
  CHECK(with_first(npy("'<f4'", "(2, 3)", transposed_0, "True")) == expected());
  for (const char version : {'\1', '\2', '\3'})
    CHECK(with_first(npy("'<f4'", "(2, 3)", counted(1, 6), "False", version)) == expected());
  std::string halves;  // 1 to 6
  for (const unsigned bits : {0x3c00u, 0x4000u, 0x4200u, 0x4400u, 0x4500u, 0x4600u})
    halves += two(bits);
  CHECK(with_first(npy("'<f2'", "(2, 3)", halves)) == expected());
}

TEST_CASE("numbers may be big-endian") {
  const auto swapped = [](std::string bytes, std::size_t width) {
    for (std::size_t i = 0; i < bytes.size(); i += width)
      std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                   bytes.begin() + static_cast<std::ptrdiff_t>(i + width));
    return bytes;
  };
  Members members = keras;
  members[0].second = npy("'>f4'", "(2, 3)", swapped(counted(1, 6), 4));
  members[1].second = npy("'>f8'", "(3,)", swapped(counted<double>(7, 3), 8));
  members[3].second = npy("'>f2'", "(2,)", "\x4c\0\x4c\x40"s);  // 16 and 17
  CHECK(load(zip(members)) == expected());
  members[0].second = npy("'=f4'", "(2, 3)", counted(1, 6));
  CHECK(holds(error_of(zip(members)), "found values of type '=f4', expected"));
}

TEST_CASE("arrays without names are ordered by their numbers, for any order in the file") {
  CHECK(load(zip({keras[3], keras[1], keras[0], keras[2]})) == expected());
  const Sequential deep{Dense<1, 1>{}, Dense<1, 1>{}, Dense<1, 1>{},     Dense<1, 1>{},
                        Dense<1, 1>{}, Dense<1, 1>{}, MeanSquaredError{}};
  Members sorted_as_texts;
  for (const int i : {0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9})
    sorted_as_texts.push_back(
        {"arr_" + std::to_string(i) + ".npy", floats(i % 2 == 0 ? "(1, 1)" : "(1,)", i, 1)});
  const TemporaryFile file{zip(sorted_as_texts)};
  CHECK(load_npz(file.path(), deep, WeightOrder::keras) == Vector<float>::LinSpaced(12, 0, 11));

  CHECK(error_of(zip({keras[0], keras[1], keras[3]})) ==
        "net.npz: has no array arr_2, but arr_3, expected all of them, or the argument `names`");
}

TEST_CASE("names without an order must be given") {
  const Members members = renamed({"a.npy", "b.npy", "c.npy", "d.npy"});
  CHECK(error_of(zip(members)) ==
        "net.npz: array a has no known role, expected a name that ends with kernel, weight, bias, "
        "..., or the argument `names`");
  CHECK(load(zip(members), WeightOrder::keras, {"a", "b", "c", "d"}) == expected());

  // Two layers of one shape, in the order of texts: layer 10 before layer 2, dense_1 before dense.
  const Sequential two{Dense<1, 1>{}, Dense<1, 1>{}, MeanSquaredError{}};
  for (const auto& [first, second] :
       {std::pair{"net.10", "net.2"}, std::pair{"dense_1", "dense"}, std::pair{"d_2", "d_1"}}) {
    const std::string before = std::string{first} + '/', after = std::string{second} + '/';
    const TemporaryFile swapped{zip({{before + "kernel:0", floats("(1, 1)", 1, 1)},
                                     {before + "bias:0", floats("(1,)", 2, 1)},
                                     {after + "kernel:0", floats("(1, 1)", 3, 1)},
                                     {after + "bias:0", floats("(1,)", 4, 1)}})};
    CHECK(holds(message_of<FileError>([&] { load_npz(swapped.path(), two, WeightOrder::keras); }),
                "found array " + after + "kernel:0 after " + before +
                    "bias:0, expected the order of the layers, or the argument `names`"));
    CHECK(holds(message_of<FileError>([&] {
                  load_npz(swapped.path(), two, WeightOrder::keras,
                           {after + "kernel:0", before + "bias:0", before + "kernel:0",
                            after + "bias:0"});
                }),
                "found another layer's array, expected one beside " + after + "kernel:0"));
    CHECK(load_npz(swapped.path(), two, WeightOrder::keras,
                   {after + "kernel:0", after + "bias:0", before + "kernel:0",
                    before + "bias:0"}) == Vector<float>{{3, 4, 1, 2}});
  }
}

TEST_CASE("a bias may be a row or a column, or absent") {
  Members members = keras;
  members[1].second = floats("(1, 3)", 7, 3);
  members[3].second = npy("'<f4'", "(2, 1)", counted(16, 2), "True");
  CHECK(load(zip(members)) == expected());
  members[1].second = floats("(3, 3)", 7, 9);
  CHECK(
      holds(error_of(zip(members)), "bias of layer 0 (Dense): found shape (3, 3), expected (3,)"));

  Vector<float> without = expected();
  without.segment(6, 3).setZero();
  CHECK(load(zip({{"a/kernel", keras[0].second},
                  {"b/kernel", keras[2].second},
                  {"b/bias", keras[3].second}})) == without);
  CHECK(load(zip(keras), WeightOrder::keras, {"arr_0", "", "arr_2", "arr_3"}) == without);
  CHECK(holds(error_of(zip(keras), WeightOrder::keras, {"arr_0", "arr_2", "arr_3"}),
              "array arr_2 for the bias of layer 0 (Dense): found shape (3, 2), expected (3,)"));
  without.tail(2).setZero();
  CHECK(load(zip({keras[0], {"arr_1.npy", keras[2].second}})) == without);
  CHECK(load(zip({{"a/kernel", keras[0].second}, {"b/kernel", keras[2].second}})) == without);
}

TEST_CASE("names choose arrays and their order") {
  const Members members =
      renamed({"dense/kernel:0.npy", "dense/bias:0.npy", "head/kernel:0.npy", "head/bias:0.npy"});
  CHECK(load(zip(members)) == expected());
  Members more = {{"step.npy", "no array"}};
  for (auto member = members.rbegin(); member != members.rend(); ++member) more.push_back(*member);
  const std::vector<std::string> names = {"dense/kernel:0", "dense/bias:0", "head/kernel:0",
                                          "head/bias:0"};
  CHECK(load(zip(more), WeightOrder::keras, names) == expected());
  CHECK(error_of(zip(members), WeightOrder::pytorch) ==
        "net.npz: array dense/kernel:0 for the weight of layer 0 (Dense): found the name of a "
        "kernel, expected weight: the order of weights or of names differs");
  CHECK(error_of(zip(members), WeightOrder::keras, {"dense/kernel:0", "bias"}) ==
        "net.npz: has no array bias, expected one of: dense/kernel:0, dense/bias:0, "
        "head/kernel:0, head/bias:0");
  CHECK(error_of(zip(members), WeightOrder::keras, {"dense/bias:0"}) ==
        "net.npz: array dense/bias:0 for the kernel of layer 0 (Dense): found the name of a bias, "
        "expected kernel: the order of weights or of names differs");
}

TEST_CASE("too few and too many arrays are errors that name the missing or surplus ones") {
  Members members = keras;
  members.pop_back();
  CHECK(error_of(zip(members)) ==
        "net.npz: found 3 arrays, expected another, the bias of layer 2 (Dense)");
  members = keras;
  members.push_back({"arr_4.npy", floats("(2,)", 0, 2)});
  CHECK(error_of(zip(members)) ==
        "net.npz: array arr_4 is left over, expected no more than the 4 arrays of the net");
  members.back().first = "arr_3.npy";
  members.erase(members.begin() + 3);
  members.insert(members.begin() + 3, members.back());
  CHECK(error_of(zip(members)) == "net.npz: has two arrays arr_3");
}

TEST_CASE("an array that does not fit the net is an error that names it") {
  const std::string where = "net.npz: array arr_0 for the kernel of layer 0 (Dense): found ";
  CHECK(error_with(floats("(3, 2)", 1, 6)) == where + "shape (3, 2), expected (2, 3)");
  CHECK(error_with(floats("(6,)", 1, 6)) == where + "shape (6,), expected (2, 3)");
  CHECK(holds(error_with(npy("[('x', '<f4')]", "(2, 3)", "")), "values of type [('x', expected"));
  CHECK(holds(error_with(npy("'<i8'", "(2, 3)", "")), "values of type '<i8', expected"));
  CHECK(error_with(npy("'<f4'", "(2, 3)", "", "Maybe")) ==
        where + "fortran_order Maybe, expected True or False");
  CHECK(error_with(floats("(2, 3)", 1, 5)) == where + "20 bytes of values, expected 24");
  CHECK(error_with(floats("(2, 3)", 1, 7)) ==
        where + "more bytes than its values need, expected 24");
  CHECK(error_with("\x93NUMPX\1\0.........."s) ==
        where + "no .npy file, expected \\x93NUMPY at the beginning");
  CHECK(error_with("") == where + "no .npy file, expected \\x93NUMPY at the beginning");
  CHECK(error_with(npy("'<f4'", "(2, 3)", "", "False", 4)) ==
        where + "version 4 of the format, expected 1, 2 or 3");
  CHECK(error_with("\x93NUMPY\2\0"s + four(0xffffffff)) ==
        where + "a header of 4294967295 bytes, expected at most 65536");
  CHECK(error_with("\x93NUMPY\1\0"s + two(100) + "{'descr'") ==
        where + "an end in its header, expected 110 bytes");
  CHECK(error_with("\x93NUMPY\1\0"s + two(9) + "{'descr':") ==
        where +
            "values of type , expected '<f2', '<f4' or '<f8' (little-endian), or with > "
            "(big-endian)");
  CHECK(error_with(npy("'<f8'", "(2, 3)", counted<double>(1, 5) + little(1e300))) ==
        where + "a value that is infinite, too large or NaN, expected none");
}

TEST_CASE("a broken archive is an error, never a crash or a large allocation") {
  const std::string nothing =
      "net.npz: found no zip directory, expected a .npz file (a zip archive) or a folder of .npy "
      "files";
  CHECK(error_of("") == nothing);
  CHECK(error_of(keras[0].second) == nothing);
  for (const bool compressed : {false, true}) {
    const std::string whole = zip(keras, compressed);
    for (std::size_t size = 0; size < whole.size() - 3; ++size)
      if (error_of(whole.substr(0, size)) != nothing) FAIL("cut to " << size);
    // Any byte may have any value. A changed byte without effect is unimportant, such as in a date.
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const int flip : {0xff, 1}) {
        std::string broken = whole;
        broken[i] = static_cast<char>(broken[i] ^ flip);
        if (error_of(broken).empty() && load(broken) != expected()) FAIL("flipped in " << i);
      }
    }
  }
  // An array of deflated zeros, larger than the net's and than its own header says.
  const std::string bomb = npy("'<f4'", "(2, 3)", std::string(10'000'000, '\0'));
  Members members = keras;
  members[0].second = bomb;
  CHECK(holds(error_of(zip(members, true)), "found more bytes than its values need, expected 24"));
}

TEST_CASE("a folder needs names, and its files are checked like an archive's members") {
  const TemporaryFolder folder{keras};
  CHECK(load_npz(folder.path(), net, WeightOrder::keras, {"arr_0", "arr_1", "arr_2", "arr_3"}) ==
        expected());
  CHECK(holds(
      message_of<std::invalid_argument>([&] { load_npz(folder.path(), net, WeightOrder::keras); }),
      "is a folder, whose files have no order: pass the argument `names`"));
  CHECK(holds(message_of<FileError>([&] {
                load_npz(folder.path(), net, WeightOrder::keras, {"arr_0", "arr_9"});
              }),
              "arr_9.npy: cannot be opened"));
  CHECK(holds(
      message_of<FileError>([&] { load_npz(folder.path(), net, WeightOrder::keras, {"arr_1"}); }),
      "array arr_1 for the kernel of layer 0 (Dense): found shape (3,), expected (2, 3)"));
  CHECK(holds(
      message_of<FileError>([&] { load_npz(folder.path() / "absent", net, WeightOrder::keras); }),
      "absent: cannot be opened"));
}

TEST_CASE("wide layers, whose weights are in panels, come back unchanged") {
  const auto wide =
      sequential<double>(Dense<5, 70>{}, Dense<70, 3>{}, MeanSquaredError{});  // few outputs last
  std::string first, second;
  for (int in = 0; in < 5; ++in)
    for (int out = 0; out < 70; ++out) first += little(in == out % 5 ? out + 1.0 : 0.0);
  for (int in = 0; in < 70; ++in)
    for (int out = 0; out < 3; ++out) second += little(out == in % 3 ? 1.0 : 0.0);
  const TemporaryFile file{zip({{"arr_0.npy", npy("'<f8'", "(5, 70)", first)},
                                {"arr_1.npy", npy("'<f8'", "(70,)", std::string(70 * 8, '\0'))},
                                {"arr_2.npy", npy("'<f8'", "(70, 3)", second)},
                                {"arr_3.npy", npy("'<f8'", "(3,)", std::string(3 * 8, '\0'))}})};
  const Vector<double> parameters = load_npz(file.path(), wide, WeightOrder::keras);
  const Vector<double> features{{1, 10, 100, 1000, 10000}};
  Vector<double> sums = Vector<double>::Zero(3);
  for (int k = 0; k < 70; ++k) sums[k % 3] += (k + 1) * features[k % 5];
  CHECK(wide.predict(parameters, features) == sums);
}

TEST_CASE("images: Keras' kernels as they are, PyTorch's with its order of channels") {
  // An image of 3 × 2 with 2 channels, a window of 2 × 2, 3 filters: outputs of 2 × 1 × 3.
  const auto image = sequential<double>(Image<3, 2, 2>{}, Conv2D<3, 2>{}, Flatten{}, BatchNorm{},
                                        Dense<6, 2>{}, MeanSquaredError{});
  const auto kernel = [](int row, int column, int channel, int filter) {
    return 0.1 * row - 0.2 * column + 0.3 * channel + 0.5 * filter + row * channel * filter;
  };
  const auto weight = [](int row, int filter, int out) {
    return row - 0.5 * filter + 0.25 * out + row * filter * out;
  };
  const auto factor = [](int row, int filter) { return 1.0 + row + 10 * filter; };
  const std::array bias{0.5, -0.5, 1.0};

  std::string keras_kernel, keras_weight, keras_gamma, pytorch_kernel, pytorch_weight,
      pytorch_gamma;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j)
      for (int k = 0; k < 2; ++k)
        for (int f = 0; f < 3; ++f) keras_kernel += little(kernel(i, j, k, f));
  for (int f = 0; f < 3; ++f)
    for (int k = 0; k < 2; ++k)
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) pytorch_kernel += little(kernel(i, j, k, f));
  for (int row = 0; row < 2; ++row) {
    for (int f = 0; f < 3; ++f) {
      keras_gamma += little(factor(row, f));
      for (int out = 0; out < 2; ++out) keras_weight += little(weight(row, f, out));
    }
  }
  for (int f = 0; f < 3; ++f)
    for (int row = 0; row < 2; ++row) pytorch_gamma += little(factor(row, f));
  for (int out = 0; out < 2; ++out)
    for (int f = 0; f < 3; ++f)
      for (int row = 0; row < 2; ++row) pytorch_weight += little(weight(row, f, out));

  const std::string biases =
      npy("'<f8'", "(3,)", little(bias[0]) + little(bias[1]) + little(bias[2]));
  const std::string zeros = npy("'<f8'", "(6,)", std::string(48, '\0'));
  std::string ones;
  for (int i = 0; i < 6; ++i) ones += little(1 - BatchNorm{}.epsilon);
  ones = npy("'<f8'", "(6,)", ones);
  const std::string last = npy("'<f8'", "(2,)", std::string(16, '\0'));
  const TemporaryFile of_keras{zip({{"kernel.npy", npy("'<f8'", "(2, 2, 2, 3)", keras_kernel)},
                                    {"bias.npy", biases},
                                    {"gamma.npy", npy("'<f8'", "(6,)", keras_gamma)},
                                    {"beta.npy", zeros},
                                    {"moving_mean.npy", zeros},
                                    {"moving_variance.npy", ones},
                                    {"d/kernel.npy", npy("'<f8'", "(6, 2)", keras_weight)},
                                    {"d/bias.npy", last}})};
  const TemporaryFile of_pytorch{
      zip({{"1.weight.npy", npy("'<f8'", "(3, 2, 2, 2)", pytorch_kernel)},
           {"1.bias.npy", biases},
           {"3.weight.npy", npy("'<f8'", "(6,)", pytorch_gamma)},
           {"3.bias.npy", zeros},
           {"3.running_mean.npy", zeros},
           {"3.running_var.npy", ones},
           {"3.num_batches_tracked.npy", npy("'<i8'", "()", little(std::int64_t{7}))},
           {"4.weight.npy", npy("'<f8'", "(2, 6)", pytorch_weight)},
           {"4.bias.npy", last}})};

  Vector<double> pixels(12);  // x(row, column, channel)
  for (int i = 0; i < 12; ++i) pixels[i] = i * i % 7 - 3;
  Vector<double> by_hand = Vector<double>::Zero(2);
  for (int row = 0; row < 2; ++row) {
    for (int f = 0; f < 3; ++f) {
      double sum = bias[static_cast<std::size_t>(f)];
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j)
          for (int k = 0; k < 2; ++k)
            sum += kernel(i, j, k, f) * pixels[((row + i) * 2 + j) * 2 + k];
      for (int out = 0; out < 2; ++out) by_hand[out] += factor(row, f) * sum * weight(row, f, out);
    }
  }
  for (const auto& [path, order] : {std::pair{of_keras.path(), WeightOrder::keras},
                                    std::pair{of_pytorch.path(), WeightOrder::pytorch}})
    CHECK(image.predict(load_npz(path, image, order), pixels).isApprox(by_hand, 1e-12));
}

TEST_CASE("a variance below zero is an error") {
  const Sequential normal{Dense<1, 1>{}, BatchNorm{}, MeanSquaredError{}};
  Members members;
  for (const int value : {1, 2, 3, 4, 5, -1})
    members.push_back({"arr_" + std::to_string(members.size()), floats("(1,)", value, 1)});
  members[0].second = floats("(1, 1)", 1, 1);
  const TemporaryFile file{zip(members)};
  CHECK(holds(
      message_of<FileError>([&] { load_npz(file.path(), normal, WeightOrder::keras); }),
      "array arr_5 for the moving_variance of layer 1 (BatchNorm): found a negative variance, "
      "expected none"));
}

TEST_CASE("arrays that NumPy writes are read") {
  const TemporaryFile stored{"", ".npz"}, compressed{"", ".npz"};
  const std::string script =
      " -c \"import sys, numpy as n\n"
      "a = [n.arange(1, 7, dtype='f4').reshape(2, 3), n.arange(7, 10, dtype='f8'),\n"
      "     n.asfortranarray(n.arange(10, 16, dtype='f4').reshape(3, 2)),\n"
      "     n.arange(16, 18, dtype='f2')]\n"
      "n.savez(sys.argv[1], *a)\n"
      "n.savez_compressed(sys.argv[2], *a)\" " +
      stored.path().string() + " " + compressed.path().string() + " 2>/dev/null";
  if (std::system(("python3" + script).c_str()) != 0 &&
      std::system(("/usr/bin/python3" + script).c_str()) != 0) {
    MESSAGE("skipped: there is no python3 with numpy");
    return;
  }
  CHECK(load_npz(stored.path(), net, WeightOrder::keras) == expected());
  CHECK(load_npz(compressed.path(), net, WeightOrder::keras) == expected());
}
