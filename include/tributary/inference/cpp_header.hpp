// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tributary/core/file.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/inference/detail/c_names.hpp>
#include <tributary/inference/detail/test_events.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/activations.hpp>
#include <tributary/model/batch_norm.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/hinge.hpp>
#include <tributary/model/model.hpp>
#include <tributary/model/regression.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/model/shape.hpp>
#include <tributary/model/softmax.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {
namespace detail {

/// Throws std::invalid_argument unless the name is valid for a namespace.
inline void require_identifier(const std::string& name) {
  static constexpr std::string_view words =
      " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t "
      "char32_t char8_t class co_await co_return co_yield compl concept const const_cast "
      "consteval constexpr constinit continue decltype default delete do double dynamic_cast "
      "else enum explicit export extern false float for friend goto if inline int long mutable "
      "namespace new noexcept not not_eq nullptr operator or or_eq private protected public "
      "register reinterpret_cast requires return short signed sizeof static static_assert "
      "static_cast std struct switch template this thread_local throw true try typedef typeid "
      "typename union unsigned using virtual void volatile wchar_t while xor xor_eq ";
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool fits = !name.empty() && letter(name[0]) && name.find("__") == name.npos &&
                    std::ranges::all_of(name, [&](char c) {
                      return letter(c) || (c >= '0' && c <= '9') || c == '_';
                    });
  require(fits && words.find(' ' + name + ' ') == words.npos, "generate_header: name",
          '"' + name + '"', "an identifier of C++ that is not reserved");
  require(std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; }),
          "generate_header: name", '"' + name + '"', "one with a lower-case letter, unlike macros");
  require(!is_name_of_c(name), "generate_header: name", '"' + name + '"',
          "another one, as headers of C declare it globally");
}

/// The value with all bits as C++17. `what` is its name in the error if it is not finite.
template <Real S>
std::string number_in_source(S value, const std::string& what) {
  require(is_finite(value), what, value, "finite");
  if (value == 0) return "0";
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::abs(value),
                                 std::chars_format::hex)
                       .ptr;
  return (value < 0 ? "-0x" : "0x") + std::string{digits.data(), end} +
         (std::same_as<S, float> ? "f" : "");
}

/// The text as a string literal, with octal codes for special characters.
inline std::string text_in_source(std::string_view value) {
  std::string literal = "\"";
  for (const char letter : value) {
    if (letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\' && letter != '?') {
      literal += letter;
    } else {
      const auto code = static_cast<unsigned char>(letter);
      literal += '\\';
      for (const int shift : {6, 3, 0}) literal += static_cast<char>('0' + (code >> shift & 7));
    }
  }
  return literal + '"';
}

/// inline constexpr Type name[size] = {…}; with element(i) as source.
inline std::string array_in_source(const std::string& type, const std::string& name,
                                   std::size_t size, const auto& element) {
  constexpr std::size_t width = 80;
  std::string code = "inline constexpr " + type + ' ' + name + '[' + std::to_string(size) + "] = {";
  std::size_t end_of_line = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (i > 0) code += ',';
    if (code.size() >= end_of_line) {
      code += "\n   ";
      end_of_line = code.size() + width;
    }
    code += ' ' + element(i);
  }
  return code + "};\n";
}

/// Translates a model into C++17: each layer appends arrays of constants, and statements that
/// transform the values of an event from one array, $x, into another, $y.
template <Model Net>
class HeaderWriter {
  using S = typename Net::Scalar;

 public:
  explicit HeaderWriter(const SavedModel<Net>& model)
      : model_{model}, parameters_{model.parameters.data()} {
    write_preprocessing();
    model.net.describe(
        [&]<class Layer>(const Layer& layer, Shape inputs, Shape outputs, Index count) {
          layers_ += "//   " + plain_type_name<Layer>() + ", " + std::to_string(Index{inputs}) +
                     " to " + std::to_string(Index{outputs}) + '\n';
          widest_ = std::max({widest_, Index{inputs}, Index{outputs}});
          write(layer, inputs);
          parameters_ += count;
          ++number_;
        });
    // Not by arithmetic: with -ffast-math compilers assume that no result is NaN.
    statements_ += "  if (!is_whole) {\n";
    write_loop(Net::outputs(), "std::memcpy(&scores[i], &not_a_number, sizeof scores[i]);");
    statements_ += "  }\n";
    write_self_test();
  }

  std::string header(const std::string& name) const {
    std::string code = "// Written by generate_header() of Tributary. Layers:\n" + layers_ +
                       "\n#pragma once\n\n#include <cmath>\n#include <cstdint>\n#include "
                       "<cstring>\n\nnamespace " +
                       name + " {\n\n";
    for (const auto& [what, count] :
         {std::pair{"feature_count", Net::inputs()}, std::pair{"score_count", Net::outputs()},
          std::pair{"parameter_count", Net::parameter_count()}})
      code += std::string{"inline constexpr int "} + what + " = " + std::to_string(count) + ";\n";
    std::vector<std::string> provenance;
    for (const auto& [key, value] : model_.provenance) provenance.push_back(key + ": " + value);
    for (const auto& [what, texts] :
         {std::pair{"feature_names", model_.preprocessing.feature_names},
          std::pair{"class_names", model_.class_names}, std::pair{"provenance", provenance}}) {
      if (!texts.empty())
        code += array_in_source("const char*", what, texts.size(),
                                [&](std::size_t i) { return text_in_source(texts[i]); });
    }
    const std::string scratch = '[' + std::to_string(widest_) + "];\n";
    return code + '\n' + magnitude() + '\n' + arrays_ +
           "\n// Computes score_count scores from feature_count features; both may be in the same "
           "array.\n" +
           "inline void predict(const " + type + "* features, " + type +
           "* scores) noexcept {\n  " + type + " a" + scratch + "  " + type + " b" + scratch +
           statements_ + "}\n\n" + self_test_ + "\n}  // namespace " + name + '\n';
  }

 private:
  void write_preprocessing() {
    const Preprocessing& preprocessing = model_.preprocessing;
    const std::vector<double>& defaults = preprocessing.defaults;
    const bool lacks_some = std::ranges::any_of(defaults, [](double x) { return is_nan(x); });
    std::string missing = "magnitude(features[i]) > infinity";
    if (!is_nan(preprocessing.missing))
      missing += " || features[i] == " + number_in_source(static_cast<S>(preprocessing.missing),
                                                          "generate_header: missing");
    std::string body = "double v = 0;\n    if (" + missing + ") {\n      ";
    if (!defaults.empty()) {
      arrays_ += array_in_source("double", "defaults", defaults.size(), [&](std::size_t i) {
        return is_nan(defaults[i]) ? "0"
                                   : number_in_source(defaults[i], "generate_header: defaults");
      });
      body += "v = defaults[i];\n";
    }
    if (lacks_some) {
      arrays_ += array_in_source(
          "bool", "has_default", defaults.size(),
          [&](std::size_t i) -> std::string { return is_nan(defaults[i]) ? "false" : "true"; });
      body += "      is_whole &= has_default[i];\n";
    } else if (defaults.empty()) {
      body += "is_whole = false;\n";
    }
    body += "    } else {\n      v = features[i];\n    }\n    ";
    if (!preprocessing.offset.empty()) {
      write_array("offset", std::span{preprocessing.offset});
      write_array("scale", std::span{preprocessing.scale});
      body += "v = (v + offset[i]) * scale[i];\n    ";
    }
    statements_ += "  bool is_whole = true;  // no feature is missing without a default\n";
    write_loop(Net::inputs(), body + "$x[i] = static_cast<" + type + ">(v);");
  }

  /// Weights are stored input by input, so that a compiler can vectorize over outputs without
  /// changing the order of sums.
  template <int In, int Out>
  void write(const Dense<In, Out>&, Shape) {
    using Part = DensePart<S, In, Out>;
    std::vector<S> weights;
    for (Index in = 0; in < In; ++in)
      for (Index out = 0; out < Out; ++out) weights.push_back(parameters_[Part::place(out, in)]);
    write_array("weights_$l", std::span<const S>{weights});
    write_array("bias_$l", std::span{parameters_ + Part::weight_count, std::size_t{Out}});
    const std::string outputs = std::to_string(Out);
    write_loop(Out, "$y[i] = bias_$l[i];");
    write_loop(In, "for (int k = 0; k < " + outputs + "; ++k) $y[k] += weights_$l[i * " + outputs +
                       " + k] * $x[i];");
    std::swap(from_, to_);
  }

  void write(const BatchNorm& layer, Shape inputs) {
    const auto channels = static_cast<std::size_t>(inputs.channels);
    const auto part = [&](std::size_t i) {
      return std::span{parameters_ + i * channels, channels};
    };
    std::vector<S> factor;
    for (std::size_t k = 0; k < channels; ++k) {
      const S variance = part(3)[k];
      require(variance >= 0, named("variance"), variance, "at least 0, see calibrated()");
      factor.push_back(part(0)[k] / std::sqrt(variance + static_cast<S>(layer.epsilon)));
    }
    write_array("factor_$l", std::span<const S>{factor});
    write_array("beta_$l", part(1));
    write_array("mean_$l", part(2));
    write_loop(inputs, "$x[i] = ($x[i] - mean_$l[i]) * factor_$l[i] + beta_$l[i];");
  }

  void write(const Dropout&, Shape) {}
  void write(const Linear&, Shape) {}
  void write(const Relu&, Shape inputs) { write_activation(inputs, "v < 0 ? 0 : v"); }
  void write(const LeakyRelu& layer, Shape inputs) {
    const std::string slope = number_in_source(static_cast<S>(layer.slope), named("slope"));
    write_activation(inputs, "v < 0 ? " + slope + " * v : v");
  }
  void write(const Elu& layer, Shape inputs) {
    const std::string alpha = number_in_source(static_cast<S>(layer.alpha), named("alpha"));
    write_activation(inputs, "v < 0 ? " + alpha + " * std::expm1(v) : v");
  }
  void write(const Tanh&, Shape inputs) { write_activation(inputs, "std::tanh(v)"); }
  void write(const Sigmoid&, Shape inputs) { write_activation(inputs, sigmoid); }
  void write(const HardSigmoid&, Shape inputs) {
    write_activation(inputs,
                     "v < -2.5 ? 0 : v > 2.5 ? 1 : v / 5 + " + number_in_source(S{0.5}, ""));
  }
  void write(const Swish&, Shape inputs) {
    write_activation(inputs, std::string{"v * "} + sigmoid);
  }
  void write(const Softplus&, Shape inputs) {
    write_activation(inputs, "(v > 0 ? v : 0) + std::log1p(std::exp(-std::abs(v)))");
  }

  void write(const SoftmaxCrossEntropy&, Shape inputs) {
    write(Softmax{}, inputs);
    write(MeanSquaredError{}, inputs);
  }
  void write(const Softmax&, Shape inputs) {
    statements_ += "  {\n  " + type + " greatest = " + from_ + "[0], sum = 0;\n";
    write_loop(inputs, "greatest = $x[i] > greatest ? $x[i] : greatest;");
    write_loop(inputs, "sum += $x[i] = std::exp($x[i] - greatest);");
    write_loop(inputs, "$x[i] /= sum;");
    statements_ += "  }\n";
  }
  void write(const SigmoidCrossEntropy&, Shape inputs) {
    write(Sigmoid{}, inputs);
    write(MeanSquaredError{}, inputs);
  }
  void write(const MeanSquaredError&, Shape inputs) { write_loop(inputs, "scores[i] = $x[i];"); }
  void write(const MeanAbsoluteError&, Shape inputs) { write(MeanSquaredError{}, inputs); }
  void write(const Hinge&, Shape inputs) { write(MeanSquaredError{}, inputs); }

  template <class Layer>
  void write(const Layer&, Shape) {
    throw std::invalid_argument{
        "generate_header: layer " + std::to_string(number_) + " (" + plain_type_name<Layer>() +
        ") cannot be written, only Dense, BatchNorm, Dropout, and the activations and heads of the "
        "library"};
  }

  void write_self_test() {
    const Matrix<S> features = test_events<S>(model_.preprocessing, Net::inputs());
    Matrix<S> seen = features;
    for (auto event : seen.colwise())
      model_.preprocessing.apply(std::span{event.data(), std::size_t{Net::inputs()}});
    Matrix<S> scores = model_.net.predict(model_.parameters, seen);
    for (Index event = 0; event < seen.cols(); ++event)
      if (has_nan(seen.col(event)))
        scores.col(event).setConstant(std::numeric_limits<S>::quiet_NaN());
    const auto elements = [](const Matrix<S>& matrix) {
      return std::span{matrix.data(), static_cast<std::size_t>(matrix.size())};
    };
    const auto write_bits = [&](const std::string& name, const Matrix<S>& matrix) {
      const auto values = elements(matrix);
      arrays_ += array_in_source(bits(), name, values.size(), [&](std::size_t i) {
        if (!is_nan(values[i]))
          require(is_finite(values[i]), "generate_header: " + name, values[i], "finite");
        return std::to_string(std::bit_cast<FloatBits<S>>(values[i])) + 'u';
      });
    };
    arrays_ += "// Bits of the values, as some are NaN.\n";
    write_bits("self_test_features", features);
    write_bits("self_test_scores", scores);
    const std::string tolerance = std::same_as<S, float> ? "1e-4f" : "1e-10";
    self_test_ = "// Whether some events get their original scores within\n// " + tolerance +
                 " (1 + |score|), and NaN if a feature is missing without a default.\n"
                 "inline bool self_test() noexcept {\n  for (int event = 0; event < " +
                 std::to_string(features.cols()) + "; ++event) {\n    " + type +
                 " features[feature_count], scores[score_count], expected[score_count];" + R"(
    std::memcpy(features, self_test_features + event * feature_count, sizeof features);
    std::memcpy(expected, self_test_scores + event * score_count, sizeof expected);
    predict(features, scores);
    for (int i = 0; i < score_count; ++i) {
      if (magnitude(expected[i]) > infinity) {
        if (magnitude(scores[i]) <= infinity) return false;
      } else if (!(magnitude(scores[i]) < infinity &&
                   std::abs(scores[i] - expected[i]) <= )" +
                 tolerance + R"( * (1 + std::abs(expected[i])))) {
        return false;
      }
    }
  }
  return true;
}
)";
  }

  /// Tests for NaN and infinity by bits, as comparisons are unreliable with -ffast-math.
  std::string magnitude() const {
    const bool single = std::same_as<S, float>;
    return "// The bits of a value without its sign: those of NaN are above those of infinity.\n"
           "inline " +
           bits() + " magnitude(const " + type + "& x) noexcept {\n  " + bits() +
           R"( bits;
  std::memcpy(&bits, &x, sizeof bits);
#ifdef __GNUC__
  asm("" : "+rm"(bits));  // a compiler must not conclude that x is finite
#endif
  return bits & )" +
           (single ? "0x7fffffff" : "0x7fffffffffffffff") + ";\n}\ninline constexpr " + bits() +
           " infinity = " + (single ? "0x7f800000" : "0x7ff0000000000000") +
           ", not_a_number = " + (single ? "0x7fc00000" : "0x7ff8000000000000") + ";\n";
  }

  void write_activation(Index count, const std::string& value) {
    write_loop(count, "const " + type + " v = $x[i];\n    $x[i] = " + value + ';');
  }
  /// With i from 0 to count − 1.
  void write_loop(Index count, const std::string& body) {
    statements_ += "  for (int i = 0; i < " + std::to_string(count) + "; ++i) {\n    " +
                   filled(body) + "\n  }\n";
  }
  template <class T>
  void write_array(const std::string& name, std::span<T> values) {
    const std::string called = filled(name);
    arrays_ += array_in_source(
        std::same_as<const T, const float> ? "float" : "double", called, values.size(),
        [&](std::size_t i) { return number_in_source(values[i], "generate_header: " + called); });
  }
  static std::string bits() { return std::same_as<S, float> ? "std::uint32_t" : "std::uint64_t"; }

  /// Inserts the scratch array with the values for $x, the other one for $y, and the index of the
  /// layer for $l.
  std::string filled(std::string text) const {
    for (std::size_t at; (at = text.find('$')) != text.npos;) {
      const char what = text[at + 1];
      text.replace(at, 2, what == 'x' ? from_ : what == 'y' ? to_ : std::to_string(number_));
    }
    return text;
  }
  std::string named(const std::string& field) const {
    return "generate_header: " + field + " of layer " + std::to_string(number_);
  }

  static constexpr const char* sigmoid =
      "((v < 0 ? std::exp(v) : 1) / (1 + std::exp(-std::abs(v))))";
  const std::string type = std::same_as<S, float> ? "float" : "double";

  const SavedModel<Net>& model_;
  const S* parameters_;  ///< Parameters of the current layer.
  int number_ = 0;       ///< Index of the current layer.
  Index widest_ = 0;
  std::string from_ = "a", to_ = "b";
  std::string layers_, arrays_, statements_, self_test_;
};

}  // namespace detail

/// Translates a model into a C++17 header that needs only the standard library's <cmath>, <cstdint>
/// and <cstring>. Its namespace `name` has
///
///   constexpr int feature_count, score_count, parameter_count;
///   const char* feature_names[], class_names[], provenance[];  // if the model has them
///   void predict(const float* features, float* scores) noexcept;
///   bool self_test() noexcept;  // on some events with known scores
///
/// or the same with double, according to the net. predict() includes the preprocessing; it does not
/// allocate and has no state. The weights have all their bits, and scores differ from those of the
/// net by rounding. The stack holds two values for each output of the widest layer. It is for small
/// nets: a compiler needs some 5 s and 300 MB a million parameters. Missing features are detected
/// by bits, so -ffast-math changes scores by rounding only; features must then not be infinite.
///
/// The name must be unused wherever the header is included: begin it with that of your project,
/// such as atlas_tagger. Names of C and POSIX are refused, and names without lower-case letters, as
/// macros have.
///
/// Throws std::invalid_argument for an invalid name or one of C, for larger nets, for layers other
/// than Dense, BatchNorm, Dropout and the library's activations and heads, and for an inconsistent
/// model or one with values that are not finite.
template <Model Net>
std::string generate_header(const SavedModel<Net>& model, const std::string& name) {
  constexpr Index most_parameters = 500'000;
  detail::require_identifier(name);
  model.validate();
  require(Net::parameter_count() <= most_parameters, "generate_header: parameters",
          Net::parameter_count(),
          "at most " + std::to_string(most_parameters) + ", a limit for the sake of compilers");
  return detail::HeaderWriter<Net>{model}.header(name);
}

/// Writes the header to a file, atomically. Throws FileError too.
template <Model Net>
void save_header(const std::filesystem::path& path, const SavedModel<Net>& model,
                 const std::string& name) {
  write_file_atomically(path, generate_header(model, name));
}

}  // namespace tributary::inline v0_1
