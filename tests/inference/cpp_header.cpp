#include <tributary/inference/cpp_header.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tributary/model/sequential.hpp>

#include "data/support.hpp"

using namespace tributary;

// tests/header compiles and runs the headers; this file tests refusals and the text.
namespace {

/// With parameters 0, 1/3, 2/3, …
template <class Net>
SavedModel<Net> model_of(const Net& net) {
  using S = typename Net::Scalar;
  const Index count = net.parameter_count();
  return {.net = net, .parameters = Vector<S>::LinSpaced(count, 0, static_cast<S>(count - 1) / 3)};
}
const Sequential small{Dense<2, 3>{}, Relu{}, Dense<3, 2>{}, SoftmaxCrossEntropy{}};

std::string error_of(const auto& model, const std::string& name = "net") {
  return message_of<std::invalid_argument>([&] { generate_header(model, name); });
}

struct Softsign {
  auto value(const auto& x) const { return x / (1 + abs(x)); }
  auto derivative(const auto& x, const auto&) const { return 1 / square(1 + abs(x)); }
};
struct Squares {
  template <Real S>
  Loss loss(std::span<const S>, const Target<S>&, std::span<S>) const {
    return 0;
  }
  template <Real S>
  void activate(std::span<S>) const noexcept {}
};

}  // namespace

TEST_CASE("a header has counts, names and all bits of the weights") {
  auto model = model_of(small);
  model.preprocessing.feature_names = {"mass", "\"pt\"\n"};
  model.class_names = {"background", "signal"};
  model.provenance = {{"events", "250000"}, {"rule", "Easgd"}};
  const std::string header = generate_header(model, "net");
  for (const char* line :
       {"#pragma once\n", "\nnamespace net {\n", "constexpr int feature_count = 2;\n",
        "constexpr int score_count = 2;\n", "constexpr int parameter_count = 17;\n",
        "constexpr const char* feature_names[2] = {\n    \"mass\", \"\\042pt\\042\\012\"};\n",
        "constexpr const char* class_names[2] = {\n    \"background\", \"signal\"};\n",
        "constexpr const char* provenance[2] = {\n    \"events: 250000\", \"rule: Easgd\"};\n",
        "//   Dense, 2 to 3\n//   Relu, 3 to 3\n//   Dense, 3 to 2\n",
        "constexpr float weights_0[6] = {\n    0, 0x1.555556p-2f, 0x1.555556p-1f, 0x1p+0f,",
        "void predict(const float* features, float* scores) noexcept {\n",
        "bool self_test() noexcept {\n"}) {
    CAPTURE(line);
    CHECK(holds(header, line));
  }
  CHECK_FALSE(holds(header, "#include <Eigen"));
  CHECK_FALSE(holds(header, " \n"));  // blanks at the end of lines
  CHECK(generate_header(model, "net") == header);
}

TEST_CASE("a header is saved as it is generated") {
  const TemporaryFile file{"old"};
  const auto model = model_of(small);
  save_header(file.path(), model, "trigger_net");
  CHECK(FileContents{file.path()}.bytes() == generate_header(model, "trigger_net"));
  CHECK_THROWS_AS(save_header(file.path() / "below", model, "net"), FileError);
}

TEST_CASE("a namespace must have a valid name") {
  for (const char* name :
       {"net", "Net_2", "n", "signals", "higgs", "top", "isolation", "atlas_tagger"})
    CHECK(error_of(model_of(small), name) == "");
  for (const std::string name :
       {"gamma",         "gammaf",     "y1",       "signal",   "index",       "time",     "size_t",
        "linux",         "main",       "j0",       "tgammal",  "select",      "errno",    "va_list",
        "getuid",        "execv",      "getopt",   "ntohs",    "wcscpy",      "mbstowcs", "drand48",
        "aligned_alloc", "quick_exit", "sigpause", "strtok_r", "pthread_self"})
    CHECK(error_of(model_of(small), name) ==
          "generate_header: name = \"" + name +
              "\", must be another one, as headers of C declare it globally");
  for (const std::string name : {"NAN", "NULL", "EOF", "FILE", "OVERFLOW", "I", "SIG_2"})
    CHECK(error_of(model_of(small), name) ==
          "generate_header: name = \"" + name +
              "\", must be one with a lower-case letter, unlike macros");
  for (const std::string name : {"", "2net", "my net", "my-net", "a::b", "_net", "my__net", "class",
                                 "std", "net{}", "caf\xc3\xa9"})
    CHECK(error_of(model_of(small), name) ==
          "generate_header: name = \"" + name +
              "\", must be an identifier of C++ that is not reserved");
}

TEST_CASE("layers and heads that cannot be written are errors that name them") {
  const std::string rest =
      " cannot be written, only Dense, BatchNorm, Dropout, and the activations and heads of the "
      "library";
  CHECK(error_of(model_of(Sequential{Image<4, 4, 1>{}, Flatten{}, Dense<16, 2>{}, Hinge{}})) ==
        "generate_header: layer 0 (Image)" + rest);
  CHECK(error_of(model_of(Sequential{Dense<4, 4>{}, Softsign{}, Dense<4, 2>{}, Hinge{}})) ==
        "generate_header: layer 1 (Softsign)" + rest);
  CHECK(error_of(model_of(Sequential{Dense<4, 4>{}, Squares{}})) ==
        "generate_header: layer 1 (Squares)" + rest);
  CHECK(error_of(model_of(Sequential{Dense<4, 4>{}, Hinge{}})) == "");
  CHECK(error_of(model_of(Sequential{Dense<4, 4>{}, MeanAbsoluteError{}})) == "");
}

TEST_CASE("a net too large for compilers is refused") {
  CHECK(error_of(model_of(Sequential{Dense<1000, 500>{}, Hinge{}})) ==
        "generate_header: parameters = 500500, must be at most 500000, a limit for the sake of "
        "compilers");
}

TEST_CASE("a model that does not fit together is refused") {
  auto model = model_of(small);
  model.parameters.conservativeResize(16);
  CHECK(error_of(model) == "SavedModel::parameters.size() = 16, must be 17");
  model = model_of(small);
  model.parameters[7] = std::numeric_limits<float>::infinity();
  CHECK(error_of(model) == "SavedModel::parameters = inf, must be finite");
  model = model_of(small);
  model.class_names = {"one"};
  CHECK(error_of(model) == "SavedModel::class_names.size() = 1, must be 0 or 2, one an output");
  model = model_of(small);
  model.preprocessing.offset = model.preprocessing.scale = {1, 2, 3};
  CHECK(error_of(model) == "Preprocessing::offset.size() = 3, must be 2");

  const Sequential normal_net{Dense<1, 1>{}, BatchNorm{}, Hinge{}};
  auto normal_model = model_of(normal_net);
  normal_model.parameters[5] = -1;  // as before training
  CHECK(error_of(normal_model) ==
        "generate_header: variance of layer 1 = -1, must be at least 0, see calibrated()");
}
