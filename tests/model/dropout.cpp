#include <tributary/model/dropout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace tributary;

namespace {
using Part = DropoutPart<double, 100>;

Matrix<double> mask(Part& part, Index events) {
  const Matrix<double> x = Matrix<double>::Ones(100, events);
  Matrix<double> y(100, events);
  const ConstBlock<double> in{x.data(), 100, events, Eigen::OuterStride<>{100}};
  Block<double> out{y.data(), 100, events, Eigen::OuterStride<>{100}};
  part.forward_training(nullptr, in, out);
  return y;
}
}  // namespace

TEST_CASE("dropout drops its share and scales what it keeps") {
  auto part = Dropout{.rate = 0.4}.make_part<double, 100>();
  part.reseed(Seed{5});
  const Matrix<double> y = mask(part, 1000);
  const double kept = 65536.0 / (65536 - 26214);  // the rate is rounded to 26214 / 2¹⁶
  CHECK(((y.array() == 0) || (y.array() == kept)).all());
  const double dropped = static_cast<double>((y.array() == 0).count()) / 1e5;
  CHECK(std::abs(dropped - 0.4) < 5 * std::sqrt(0.4 * 0.6 / 1e5));  // 5 σ
}

TEST_CASE("the mean stays at every rate") {
  for (const double rate : {1e-6, 0.001, 0.4, 0.9, 0.999, 0.9999, 0.99999, 0.9999999}) {
    CAPTURE(rate);
    auto part = Dropout{.rate = rate}.make_part<double, 100>();
    part.reseed(Seed{5});
    const Matrix<double> y = mask(part, 40000);
    // n of 4 million values are kept, and the mean is n times their scale.
    const double kept = std::max(1 - rate, 0x1p-16);
    CHECK(std::abs(y.mean() - 1) < 5 * std::sqrt((1 - kept) / kept / 4e6));  // 5 σ
  }
}

TEST_CASE("masks differ from step to step and are repeated by the same seed") {
  auto part = Dropout{.rate = 0.5}.make_part<double, 100>();
  part.reseed(Seed{5});
  const Matrix<double> first = mask(part, 7), second = mask(part, 7);
  CHECK(first != second);
  part.reseed(Seed{5});
  CHECK(mask(part, 7) == first);
  CHECK(mask(part, 7) == second);
  part.reseed(Seed{6});
  CHECK(mask(part, 7) != first);
  part.reseed(Seed{5});
  CHECK(mask(part, 3) == first.leftCols(3));  // an event's mask does not know the batch's size
}

TEST_CASE("dropout at rate 0 and at prediction changes nothing") {
  auto part = Dropout{.rate = 0}.make_part<double, 100>();
  CHECK(mask(part, 5) == Matrix<double>::Ones(100, 5));
  const auto half = Dropout{.rate = 0.5}.make_part<double, 100>();
  const Matrix<double> x = Matrix<double>::Random(100, 5);
  Matrix<double> y(100, 5);
  half.forward(nullptr, x, y);
  CHECK(y == x);
}
