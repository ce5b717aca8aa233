#include <tributary/inference/json.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "saved.hpp"

using namespace tributary;

namespace {

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
  const std::string text = text_of([](const auto& path) {
    save_model(path, saved_model(detail::default_net<Net<Dense<3, 2>, Tanh>>()));
  });
  const auto refusal_as = [&]<class Loaded>(Loaded net) {
    return refusal(text, [&](const auto& path) { load_model(path, net); });
  };
  CHECK(refusal_as(Net<Dense<3, 2>, Relu>{{}, {}, {}}) ==
        "architecture[1].kind is \"Tanh\", expected \"Relu\"");
  CHECK(refusal_as(Net<Dense<3, 4>, Tanh>{{}, {}, {}}) ==
        "architecture[0].outputs is [2], expected [4]");
  CHECK(refusal_as(Net<Dense<3, 2>>{{}, {}}) ==
        "architecture[1].kind is \"Tanh\", expected \"MeanSquaredError\"");
  CHECK(refusal_as(Net<Dense<3, 2>, Tanh, Dropout>{{}, {}, {}, {}}) ==
        "architecture[2].kind is \"MeanSquaredError\", expected \"Dropout\"");
  CHECK(refusal_as(Sequential<float, Dense<3, 2>, Tanh, MeanSquaredError>{{}, {}, {}}) ==
        "weights.type is \"float64\", expected \"float32\"");
}

TEST_CASE("settings that a file cannot hold come from the given net") {
  using Own = Net<Dense<2, 2>, Function>;
  const TemporaryFile file{""};
  save_model(file.path(), saved_model(Own{{}, Function{cube, 2}, {}}));
  const auto loaded = load_model(file.path(), Own{{}, Function{cube, 1}, {}});
  CHECK((std::get<1>(loaded.net.elements()).function == cube));
  CHECK(std::get<1>(loaded.net.elements()).factor == 2);
  CHECK_THROWS_AS(load_model(file.path(), Own{{}, Function{square, 1}, {}}),
                  std::invalid_argument);  // the self-test
}
