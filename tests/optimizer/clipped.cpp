#include <tributary/optimizer/clipped.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clip_value.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>

using namespace tributary;

TEST_CASE_TEMPLATE("clipping by norm keeps the direction, and leaves short gradients alone", S,
                   float, double) {
  Vector<S> g(2);
  g << 3, -4;
  ClipNorm{.max = 10}.clip(View<S>{g});
  CHECK(g[0] == 3);
  CHECK(g[1] == -4);
  ClipNorm{.max = 5}.clip(View<S>{g});
  CHECK(g[0] == 3);
  ClipNorm{.max = 1}.clip(View<S>{g});
  CHECK(g[0] == doctest::Approx(0.6));
  CHECK(g[1] == doctest::Approx(-0.8));
}

TEST_CASE("the norm of float gradients neither overflows nor underflows") {
  Vector<float> g = Vector<float>::Constant(4, 1e30f);
  ClipNorm{.max = 1}.clip(View<float>{g});
  CHECK(g[0] == doctest::Approx(0.5));
}

TEST_CASE_TEMPLATE("clipping by value acts on each element alone", S, float, double) {
  Vector<S> g(4);
  g << S(0.25), -7, 7, S(-0.5);
  ClipValue{.max = 0.5}.clip(View<S>{g});
  CHECK((g == (Vector<S>(4) << S(0.25), S(-0.5), S(0.5), S(-0.5)).finished()));
}

TEST_CASE_TEMPLATE("clipping does not hide a gradient that is not finite", S, float, double) {
  Vector<S> g = Vector<S>::Ones(37);
  g[20] = std::numeric_limits<S>::quiet_NaN();
  ClipNorm{}.clip(View<S>{g});
  CHECK(std::isnan(g[20]));
  ClipValue{.max = 0.5}.clip(View<S>{g});
  CHECK(std::isnan(g[20]));
  CHECK(g[19] == S(0.5));
  g[20] = std::numeric_limits<S>::infinity();
  ClipNorm{}.clip(View<S>{g});
  CHECK(std::isnan(g[20]));
}

TEST_CASE("clipping by a norm whose square is too large leaves a gradient of that norm") {
  Vector<double> g{{3e200, -4e200}};
  ClipNorm{.max = 10}.clip(View<double>{g});
  CHECK(g[0] == doctest::Approx(6));
  CHECK(g[1] == doctest::Approx(-8));
}

TEST_CASE("clipping by norm loses no factor while denormal numbers are flushed") {
  const FlushDenormals flushed;
  for (const double max : {1.0, 1e-3}) {
    for (const float size : {1e35f, 3e37f, -3e38f}) {
      CAPTURE(size);
      Vector<float> x = Vector<float>::Zero(19), g = Vector<float>::Constant(19, size);
      Clipped{Sgd{1.0}, ClipNorm{.max = max}}.make_stepper(x).apply(x, g);
      CHECK(x[0] == doctest::Approx((size < 0 ? max : -max) / std::sqrt(19)));
      CHECK(x[18] == x[0]);
    }
    Vector<double> g = Vector<double>::Constant(19, 1e308);
    ClipNorm{.max = max}.clip(View<double>{g});
    CHECK(g[0] == doctest::Approx(max / std::sqrt(19)));
    CHECK(g[18] == g[0]);
  }
}

TEST_CASE_TEMPLATE("both forms of a stepper see the clipped gradient", S, float, double) {
  const auto steep = [](ConstView<S> at, View<S> gradient) -> Loss {
    gradient.setConstant(100);
    return static_cast<Loss>(at[0]) + 7;
  };
  Vector<S> x = Vector<S>::Zero(4), g = Vector<S>::Constant(4, -100), scratch(4);
  auto by_gradient = Clipped{Sgd{0.5}, ClipNorm{.max = 4}}.make_stepper(x);
  by_gradient.apply(x, g);
  CHECK(x[0] == doctest::Approx(1));
  CHECK(take_step<S>(by_gradient, x, steep, scratch) == doctest::Approx(8));
  CHECK(x[0] == doctest::Approx(0));

  x.setZero();
  auto by_oracle = Clipped{Nesterov{0.5, 0.5}, ClipValue{.max = 2}}.make_stepper(x);
  CHECK(take_step<S>(by_oracle, x, steep, scratch) == doctest::Approx(7));
  CHECK(x[0] == doctest::Approx(-1));
  CHECK(take_step<S>(by_oracle, x, steep, scratch) == doctest::Approx(7 - 1.5));
  CHECK(x[0] == doctest::Approx(-2.5));
}

TEST_CASE("a clip validates itself, and its wrapper both parts") {
  CHECK_THROWS_WITH_AS((Clipped{Sgd{}, ClipNorm{.max = 0}}.validate()),
                       "ClipNorm::max = 0, must be positive", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Clipped{Sgd{}, ClipValue{.max = -1}}.validate()),
                       "ClipValue::max = -1, must be positive", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Clipped{Sgd{0.0}, ClipNorm{}}.validate()),
                       "Sgd::learning_rate = 0, must be positive", std::invalid_argument);
}
