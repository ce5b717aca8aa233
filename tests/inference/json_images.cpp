#include <tributary/inference/json.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

#include "saved.hpp"

using namespace tributary;

namespace {

template <class... Elements>
using Net = Sequential<float, Elements..., MeanSquaredError>;

}  // namespace

TEST_CASE("windows with the same shapes are distinguished by their sizes") {
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
