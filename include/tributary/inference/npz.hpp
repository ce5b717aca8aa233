// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/little_endian.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/inference/detail/zip.hpp>
#include <tributary/model/activations.hpp>
#include <tributary/model/average_pool2d.hpp>
#include <tributary/model/batch_norm.hpp>
#include <tributary/model/conv2d.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/flatten.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/max_pool2d.hpp>
#include <tributary/model/padding.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/model/shape.hpp>
#include <tributary/model/softmax.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// Order of the weights in the arrays. It is never guessed, as a square matrix has the same shape
/// in both.
enum class WeightOrder {
  keras,    ///< Dense [in][out], Conv2D [row][column][in][out], images with channels last.
  pytorch,  ///< Dense [out][in], Conv2D [out][in][row][column], images with channels first.
};

namespace detail {

/// Named arrays: the members of a .npz file, or the .npy files of a folder.
class NpyArchive {
 public:
  explicit NpyArchive(const std::filesystem::path& path) : path_{path} {
    if (std::filesystem::is_directory(path)) return;
    file_.emplace(path);
    members_ = zip_members(*file_);
  }

  bool is_folder() const { return !file_.has_value(); }
  std::string name() const { return path_.string(); }

  /// Names in the order of the file. Empty for a folder, which has no order.
  std::vector<std::string> array_names() const {
    std::vector<std::string> names;
    for (const ZipMember& member : members_) {
      std::string name = member.name;
      if (name.ends_with(".npy")) name.resize(name.size() - 4);
      names.push_back(std::move(name));
    }
    return names;
  }

  /// Calls f(first), where first(n) returns the first n bytes of that .npy file, or all if it is
  /// shorter.
  auto with_array(const std::string& array, const auto& f) const {
    if (is_folder()) {
      std::filesystem::path path = path_ / array;
      path += ".npy";
      const FileContents file{path};
      return f([&](std::size_t count) { return std::string{file.bytes().substr(0, count)}; });
    }
    const auto called = [&](const ZipMember& member) {
      return member.name == array + ".npy" || member.name == array;
    };
    const auto member = std::ranges::find_if(members_, called);
    if (member == members_.end())
      throw FileError{name() + ": has no array " + array + ", expected one of: " + listed()};
    if (std::find_if(member + 1, members_.end(), called) != members_.end())
      throw FileError{name() + ": has two arrays " + array};
    return f([&](std::size_t count) { return member->first(count); });
  }

 private:
  std::string listed() const {
    std::string text;
    for (const std::string& array : array_names()) text += (text.empty() ? "" : ", ") + array;
    return text;
  }

  std::filesystem::path path_;
  std::optional<FileContents> file_;
  std::vector<ZipMember> members_;
};

/// An array in a .npy file, versions 1 to 3 of numpy.lib.format.
class NpyArray {
 public:
  /// `where` is its name in messages, `first` returns its bytes, `shape` is the required shape. Its
  /// memory is limited to these values. Throws FileError.
  NpyArray(const std::string& where, const auto& first, std::vector<Index> shape)
      : shape_{std::move(shape)} {
    const auto check = [&](bool ok, const std::string& found, const std::string& expected) {
      if (!ok) throw FileError{where + ": found " + found + ", expected " + expected};
    };
    constexpr std::size_t prefix = 12, longest_header = 1 << 16;
    bytes_ = first(prefix);
    check(bytes_.size() == prefix && bytes_.starts_with("\x93NUMPY"), "no .npy file",
          "\\x93NUMPY at the beginning");
    const int version = static_cast<unsigned char>(bytes_[6]);
    check(version >= 1 && version <= 3, "version " + std::to_string(version) + " of the format",
          "1, 2 or 3");
    const std::size_t begin = version == 1 ? 10 : 12;
    const std::size_t length = version == 1 ? load_at<std::uint16_t>(8) : load_at<std::uint32_t>(8);
    check(length <= longest_header, "a header of " + std::to_string(length) + " bytes",
          "at most " + std::to_string(longest_header));
    const std::size_t data = begin + length;
    bytes_ = first(data);
    check(bytes_.size() == data, "an end in its header", std::to_string(data) + " bytes");

    const std::string header = bytes_.substr(begin);
    const std::string type = value_of(header, "descr", ',');
    const bool known = type.size() == 5 && (type[1] == '<' || type[1] == '>') && type[2] == 'f' &&
                       (type[3] == '2' || type[3] == '4' || type[3] == '8');
    check(known, "values of type " + type,
          "'<f2', '<f4' or '<f8' (little-endian), or with > (big-endian)");
    big_endian_ = type[1] == '>';
    width_ = static_cast<std::size_t>(type[3] - '0');
    const std::string order = value_of(header, "fortran_order", ',');
    check(order == "True" || order == "False", "fortran_order " + order, "True or False");
    column_major_ = order == "True";
    const std::string found = value_of(header, "shape", ')');
    // A row or a column also counts as a vector.
    const std::string size_text = std::to_string(shape_.front());
    const bool vector = shape_.size() == 1 &&
                        (found == "(1, " + size_text + ')' || found == '(' + size_text + ", 1)");
    check(found == shape_text() || vector, "shape " + found, shape_text());

    std::size_t size = width_;
    for (const Index extent : shape_) size *= static_cast<std::size_t>(extent);
    bytes_ = first(data + size + 1);
    check(bytes_.size() >= data + size, std::to_string(bytes_.size() - data) + " bytes of values",
          std::to_string(size));
    check(bytes_.size() == data + size, "more bytes than its values need", std::to_string(size));
    data_ = data;
  }

  double operator()(std::initializer_list<Index> at) const {
    const auto indices = at.begin();
    Index place = 0;
    for (std::size_t i = 0; i < shape_.size(); ++i) {
      const std::size_t axis = column_major_ ? shape_.size() - 1 - i : i;
      place = place * shape_[axis] + indices[axis];
    }
    const std::size_t from = data_ + static_cast<std::size_t>(place) * width_;
    if (width_ == 8) return load_at<double>(from);
    if (width_ == 4) return static_cast<double>(load_at<float>(from));
    return static_cast<double>(Eigen::half_impl::half_to_float(
        Eigen::half_impl::raw_uint16_to_half(load_at<std::uint16_t>(from))));
  }

 private:
  template <class T>
  T load_at(std::size_t at) const {
    std::array<std::byte, sizeof(T)> bytes;
    std::memcpy(bytes.data(), bytes_.data() + at, sizeof(T));
    if (big_endian_) std::ranges::reverse(bytes);
    return load_little<T>(bytes.data());
  }

  /// The value of a key in a Python dictionary such as {'descr': '<f4', 'fortran_order': False,
  /// 'shape': (3, 4), }: all up to and with a bracket `end`. Empty without the key.
  static std::string value_of(std::string_view header, const std::string& key, char end) {
    const std::string quoted = "'" + key + "':";
    std::size_t begin = header.find(quoted);
    if (begin == header.npos) return "";
    begin = header.find_first_not_of(' ', begin + quoted.size());
    const std::size_t last = std::min(header.find(end, begin), header.find('}', begin));
    if (last == header.npos) return "";
    return std::string{header.substr(begin, last + (end == ')') - begin)};
  }

  /// In Python's notation.
  std::string shape_text() const {
    std::string text = "(";
    for (std::size_t i = 0; i < shape_.size(); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(shape_[i]);
    return text + (shape_.size() == 1 ? ",)" : ")");
  }

  std::string bytes_;
  std::size_t data_ = 0;   ///< Offset of the values.
  std::size_t width_ = 0;  ///< Bytes a value.
  std::vector<Index> shape_;
  bool column_major_ = false;
  bool big_endian_ = false;
};

/// The role of an array: "kernel" in "dense_1/kernel:0", "weight" in "net.0.weight".
inline std::string_view role_in(std::string_view name) {
  name = name.substr(0, name.find(':'));
  return name.substr(name.find_last_of("./") + 1);
}
/// The layer of an array: "dense_1" and "net.0".
inline std::string_view layer_in(std::string_view name) {
  const std::size_t end = name.substr(0, name.find(':')).find_last_of("./");
  return end == name.npos ? "" : name.substr(0, end);
}
inline bool is_role(std::string_view word) {
  static constexpr std::array roles{"kernel",          "weight",       "bias",
                                    "gamma",           "beta",         "moving_mean",
                                    "moving_variance", "running_mean", "running_var"};
  return std::ranges::find(roles, word) != roles.end();
}
/// N of "arr_N", the name that numpy.savez() gives to an array without one.
inline std::optional<std::size_t> number_of_array(std::string_view name) {
  std::size_t number = 0;
  if (!name.starts_with("arr_")) return {};
  const char* const end = name.data() + name.size();
  const auto [last, error] = std::from_chars(name.data() + 4, end, number);
  if (error != std::errc{} || last != end) return {};
  return number;
}

/// Throws FileError if an array of layer 2 comes after one of layer 10, or dense after dense_1.
inline void require_rising_layers(const std::string& file, const std::vector<std::string>& names) {
  struct Seen {
    std::vector<std::size_t> numbers = {};
    std::string name = {};
  };
  std::map<std::string, Seen> last;  // by the name of the layer without its numbers
  for (const std::string& name : names) {
    std::string_view rest = layer_in(name);
    std::string kind;
    std::vector<std::size_t> numbers;
    while (!rest.empty()) {
      const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
      kind += digits > 0 ? '#' : rest.front();
      if (digits > 0)
        std::from_chars(std::to_address(rest.begin()), std::to_address(rest.begin() + digits),
                        numbers.emplace_back());
      rest.remove_prefix(std::max<std::size_t>(digits, 1));
    }
    if (!kind.ends_with("_#")) {  // Keras counts dense, dense_1, dense_2
      kind += "_#";
      numbers.push_back(0);
    }
    Seen& before = last[kind];
    if (numbers < before.numbers)
      throw FileError{std::string{file}
                          .append(": found array ")
                          .append(name)
                          .append(" after ")
                          .append(before.name)
                          .append(", expected the order of the layers, or the argument `names`")};
    before = {numbers, name};
  }
}

/// All arrays of the file. Their names must agree with the order of the layers.
inline std::vector<std::string> ordered_names(const NpyArchive& archive) {
  if (archive.is_folder())
    throw std::invalid_argument{
        "load_npz: " + archive.name() +
        " is a folder, whose files have no order: pass the argument `names`"};
  std::vector<std::string> names = archive.array_names();
  std::erase_if(names, [](const auto& name) { return name.ends_with("num_batches_tracked"); });
  if (std::ranges::all_of(names,
                          [](const auto& name) { return number_of_array(name).has_value(); })) {
    std::ranges::sort(names, {}, number_of_array);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (number_of_array(names[i]) > i)
        throw FileError{archive.name() + ": has no array arr_" + std::to_string(i) + ", but " +
                        names[i] + ", expected all of them, or the argument `names`"};
    return names;
  }
  const auto other =
      std::ranges::find_if_not(names, [](const auto& name) { return is_role(role_in(name)); });
  if (other != names.end())
    throw FileError{archive.name() + ": array " + *other +
                    " has no known role, expected a name that ends with kernel, weight, bias, ..., "
                    "or the argument `names`"};
  require_rising_layers(archive.name(), names);
  return names;
}

/// The biases of Dense and Conv2D that are absent from the file and become 0.
enum class AbsentBiases { none, all, where_another_array_is };

/// Passes the arrays in order to the layers of a net.
template <Real S>
class NpyImporter {
 public:
  NpyImporter(const NpyArchive& archive, std::vector<std::string> names, AbsentBiases absent,
              WeightOrder order, S* to)
      : archive_{archive},
        names_{std::move(names)},
        absent_{absent},
        keras_{order == WeightOrder::keras},
        to_{to} {}

  template <class Layer>
  void operator()(const Layer& layer, Shape inputs, Shape outputs, Index count) {
    if (number_ == 0) image_ = inputs;
    if (count > 0) {
      layer_ = "layer " + std::to_string(number_) + " (" + plain_type_name<Layer>() + ")";
      take(layer, inputs);
      to_ += count;
    }
    if constexpr (!(Elementwise<Layer> || std::same_as<Layer, Dropout> ||
                    std::same_as<Layer, BatchNorm> || std::same_as<Layer, Flatten> ||
                    std::same_as<Layer, Softmax>))
      image_ = outputs;
    ++number_;
  }

  void finish() const {
    if (next_ < names_.size())
      throw FileError{archive_.name() + ": array " + names_[next_] +
                      " is left over, expected no more than the " + std::to_string(next_) +
                      " arrays of the net"};
  }

 private:
  template <int In, int Out>
  void take(const Dense<In, Out>&, Shape) {
    using Part = DensePart<S, In, Out>;
    read(keras_ ? "kernel" : "weight", keras_ ? Extents{In, Out} : Extents{Out, In},
         [&](const auto& value) {
           for (Index in = 0; in < In; ++in) {
             const Index file_in = index_in_file(in);
             for (Index out = 0; out < Out; ++out)
               to_[Part::place(out, in)] = keras_ ? value({file_in, out}) : value({out, file_in});
           }
         });
    read_bias(Out, to_ + Part::weight_count);
  }

  template <int Filters, int Kernel, int Stride, Padding Border>
  void take(const Conv2D<Filters, Kernel, Stride, Border>&, Shape inputs) {
    const Index channels = inputs.channels, window = Index{Kernel} * Kernel * channels;
    read(keras_ ? "kernel" : "weight",
         keras_ ? Extents{Kernel, Kernel, channels, Filters}
                : Extents{Filters, channels, Kernel, Kernel},
         [&](const auto& value) {
           for (Index i = 0; i < window; ++i) {
             const Index row = i / channels / Kernel, column = i / channels % Kernel;
             const Index channel = i % channels;
             for (Index filter = 0; filter < Filters; ++filter) {
               to_[place_in_panels(filter, i, window, Filters)] =
                   keras_ ? value({row, column, channel, filter})
                          : value({filter, channel, row, column});
             }
           }
         });
    read_bias(Filters, to_ + window * Filters);
  }

  void take(const BatchNorm&, Shape inputs) {
    static constexpr std::array in_keras{"gamma", "beta", "moving_mean", "moving_variance"};
    static constexpr std::array in_pytorch{"weight", "bias", "running_mean", "running_var"};
    const bool flat = inputs.height * inputs.width == 1;
    for (std::size_t i = 0; i < 4; ++i) {
      S* const begin = to_ + static_cast<Index>(i) * inputs.channels;
      read((keras_ ? in_keras : in_pytorch)[i], {inputs.channels}, [&](const auto& value) {
        for (Index k = 0; k < inputs.channels; ++k) begin[k] = value({flat ? index_in_file(k) : k});
      });
      if (i == 3 && *std::min_element(begin, begin + inputs.channels) < 0)
        fail("a negative variance", "none");
    }
  }

  template <class Layer>
  void take(const Layer&, Shape) {
    throw std::invalid_argument{"load_npz: " + layer_ +
                                " has parameters, but load_npz reads only those of Dense, "
                                "Conv2D and BatchNorm"};
  }

  using Extents = std::vector<Index>;
  using Position = std::initializer_list<Index>;

  void read_bias(Index size, S* to) {
    const std::string& weights = names_[next_ - 1];
    const bool more = next_ < names_.size();
    if (more && names_[next_].empty()) {
      ++next_;
      std::fill_n(to, size, S{0});
    } else if (absent_ == AbsentBiases::all || (absent_ == AbsentBiases::where_another_array_is &&
                                                !(more && role_in(names_[next_]) == "bias"))) {
      std::fill_n(to, size, S{0});
    } else {
      read("bias", {size}, [&](const auto& value) {
        for (Index i = 0; i < size; ++i) to[i] = value({i});
      });
      const std::string& bias = names_[next_ - 1];
      if (is_role(role_in(weights)) && is_role(role_in(bias)) &&
          layer_in(weights) != layer_in(bias))
        fail("another layer's array", "one beside " + weights);
    }
  }

  /// Reads the next array: calls f(value), where value({i, j, …}) is one of its elements.
  void read(std::string_view role, Extents extents, const auto& f) {
    const std::string sought = "the " + std::string{role} + " of " + layer_;
    if (next_ == names_.size())
      throw FileError{archive_.name() + ": found " + std::to_string(next_) +
                      " arrays, expected another, " + sought};
    const std::string& name = names_[next_++];
    where_ = archive_.name() + ": array " + name + " for " + sought;
    if (const std::string_view word = role_in(name); is_role(word) && word != role)
      fail("the name of a " + std::string{word},
           std::string{role} + ": the order of weights or of names differs");
    archive_.with_array(name, [&](const auto& first) {
      const NpyArray array{where_, first, std::move(extents)};
      f([&](Position position) {
        const S value = static_cast<S>(array(position));
        if (!is_finite(value)) fail("a value that is infinite, too large or NaN", "none");
        return value;
      });
    });
  }

  [[noreturn]] void fail(const std::string& found, const std::string& expected) const {
    throw FileError{where_ + ": found " + found + ", expected " + expected};
  }

  /// The index in the file of input n of a layer: PyTorch flattens an image channel by channel.
  Index index_in_file(Index n) const {
    if (keras_) return n;
    return n % image_.channels * image_.height * image_.width + n / image_.channels;
  }

  const NpyArchive& archive_;
  std::vector<std::string> names_;
  AbsentBiases absent_;
  bool keras_;
  S* to_;  ///< Destination of the layer's parameters.
  std::size_t next_ = 0;
  int number_ = 0;
  std::string layer_, where_;
  Shape image_{0};  ///< Shape of the layer's input before a Flatten.
};

}  // namespace detail

/// Loads the parameters of a net of Dense, Conv2D, BatchNorm and layers without parameters. It was
/// trained in Keras or PyTorch and saved as NumPy arrays: one .npz file, or a folder of .npy files.
/// In Python
///
///   numpy.savez("net.npz", *model.get_weights())                                     # Keras
///   numpy.savez("net.npz", **{k: v.numpy() for k, v in model.state_dict().items()})  # PyTorch
///
/// and in C++
///
///   const Vector<float> parameters = load_npz("net.npz", net, WeightOrder::keras);
///
/// The arrays are those of the layers in order: weights and bias of Dense and Conv2D; γ, β, mean
/// and variance of BatchNorm. `names` selects them, such as {"0.weight", "0.bias"}, with "" for an
/// absent bias. Without `names`, they are all arrays of the file except PyTorch's
/// num_batches_tracked. These are either arr_0, arr_1, ..., in numerical order, with all biases or
/// none. Or their names end with kernel, weight, bias, gamma and so on, in the order of the file,
/// in which layer numbers must not decrease. A name with such an end must match the role. Shapes
/// must be those of the net; a row or a column also counts as a vector. After a Flatten, PyTorch's
/// channel-by-channel order is converted. Features of an Image always have channels last.
///
/// The file does not show layers without parameters, nor the epsilon of BatchNorm (1e-3 in Keras,
/// 1e-5 in PyTorch). They must be the same in both nets.
///
/// Values are float16, 32 or 64 of either endianness, in C or Fortran order. Throws FileError with
/// the file, the array, the layer, the found value and the expected one. Throws
/// std::invalid_argument for a layer with other parameters and for a folder without names.
template <Real S, class... Elements>
Vector<S> load_npz(const std::filesystem::path& path, const Sequential<S, Elements...>& net,
                   WeightOrder order, std::vector<std::string> names = {}) {
  const detail::NpyArchive archive{path};
  auto absent = detail::AbsentBiases::none;
  if (names.empty()) {
    names = detail::ordered_names(archive);
    std::size_t others = 0;  // arrays that are not biases
    net.describe([&]<class Layer>(const Layer&, Shape, Shape, Index count) {
      if (count > 0) others += std::same_as<Layer, BatchNorm> ? 4 : 1;
    });
    if (names.empty() || !detail::number_of_array(names.front())) {
      absent = detail::AbsentBiases::where_another_array_is;
    } else if (names.size() == others) {
      absent = detail::AbsentBiases::all;
    }
  }
  Vector<S> parameters(net.parameter_count());
  detail::NpyImporter<S> importer{archive, std::move(names), absent, order, parameters.data()};
  net.describe([&](const auto&... layer) { importer(layer...); });
  importer.finish();
  return parameters;
}

}  // namespace tributary::inline v0_1
