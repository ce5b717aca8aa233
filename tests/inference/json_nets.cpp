#include <tributary/inference/json.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "saved.hpp"

using namespace tributary;

namespace {

/// Saves a default net and loads it as another.
template <class Saved, class Loaded>
std::string refusal_as() {
  const std::string text = text_of(
      [](const auto& path) { save_model(path, saved_model(detail::default_net<Saved>())); });
  return refusal(text, [](const auto& path) { load_model<Loaded>(path); });
}

template <class... Elements>
using Net = Sequential<double, Elements..., MeanSquaredError>;

/// y = f(x), a setting that only a program can say, and has no default.
struct Function {
  double (*function)(double);
  double factor;

  Function(double (*function_)(double), double factor_) : function{function_}, factor{factor_} {}
  auto fields() { return std::tie(function, factor); }
  auto fields() const { return std::tie(function, factor); }
  auto value(const auto& x) const { return factor * x.unaryExpr(function); }
  auto derivative(const auto& x, const auto&) const { return 0 * x; }
};

double cube(double x) { return x * x * x; }
double square(double x) { return x * x; }

}  // namespace

TEST_CASE("a file of another net names the layer that differs") {
  CHECK(refusal_as<Net<Dense<3, 2>, Tanh>, Net<Dense<3, 2>, Relu>>() ==
        "architecture[1].kind is \"Tanh\", expected \"Relu\"");
  CHECK(refusal_as<Net<Dense<3, 2>, Dense<2, 1>>, Net<Dense<3, 4>, Dense<4, 1>>>() ==
        "architecture[0].outputs is [2], expected [4]");
  CHECK(refusal_as<Net<Dense<3, 2>>, Net<Dense<3, 2>, Tanh>>() ==
        "architecture[1].kind is \"MeanSquaredError\", expected \"Tanh\"");
  CHECK(refusal_as<Net<Dense<3, 2>>, Sequential<float, Dense<3, 2>, MeanSquaredError>>() ==
        "weights.type is \"float64\", expected \"float32\"");
}

TEST_CASE("windows of the same shapes are told apart by their sizes") {
  using One = Net<Image<5, 5, 1>, MaxPool2D<2, 2>>;
  using Other = Net<Image<5, 5, 1>, MaxPool2D<3, 2>>;
  CHECK(refusal_as<One, Other>() == "architecture[1].size is 2, expected 3");
  CHECK(refusal_as<Other, Other>() == "");
}

TEST_CASE("a net for images comes back with its filters") {
  using Convolution = Net<Image<4, 4, 2>, Conv2D<3, 3, 1, Padding::same>, Relu, Flatten>;
  CHECK(refusal_as<Convolution, Convolution>() == "");
  using Valid = Net<Image<4, 4, 2>, Conv2D<3, 3, 1, Padding::valid>, Relu, Flatten>;
  CHECK(refusal_as<Convolution, Valid>() == "architecture[1].outputs is [4,4,3], expected [2,2,3]");
}

TEST_CASE("settings that only a program can say are those of the net that is given") {
  using Own = Net<Dense<2, 2>, Function>;
  const TemporaryFile file{""};
  save_model(file.path(), saved_model(Own{{}, Function{cube, 2}, {}}));
  const auto loaded = load_model(file.path(), Own{{}, Function{cube, 1}, {}});
  CHECK((std::get<1>(loaded.net.elements()).function == cube));
  CHECK(std::get<1>(loaded.net.elements()).factor == 2);
  CHECK_THROWS_AS(load_model(file.path(), Own{{}, Function{square, 1}, {}}),
                  std::invalid_argument);  // the self-test
}
