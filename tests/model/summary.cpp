#include <tributary/model/summary.hpp>

#include <doctest/doctest.h>

#include <tributary/model/sequential.hpp>

using namespace tributary;

namespace {
struct MyOwn {
  auto value(const auto& x) const { return x * 2; }
  auto derivative(const auto& x, const auto&) const { return x * 0 + 2; }
};
}  // namespace

TEST_CASE("a summary shows layers, shapes and parameters as Keras does") {
  const Sequential net{Dense<30, 500>{}, Relu{},          Dropout{.rate = 0.4f}, Dense<500, 500>{},
                       MyOwn{},          Dense<500, 2>{}, SoftmaxCrossEntropy{}};
  CHECK(summary(net) == R"(Model: "sequential"
______________________________________________________________________________
 Layer (type)                                 Output Shape        Param #
==============================================================================
 dense (Dense)                                (None, 500)         15,500
 relu (Relu)                                  (None, 500)         0
 dropout (Dropout)                            (None, 500)         0
 dense_1 (Dense)                              (None, 500)         250,500
 my_own (MyOwn)                               (None, 500)         0
 dense_2 (Dense)                              (None, 2)           1,002
 softmax_cross_entropy (SoftmaxCrossEntropy)  (None, 2)           0
==============================================================================
Total params: 267,002
______________________________________________________________________________
)");
}

TEST_CASE("small and large numbers of parameters are written right") {
  CHECK(summary(Sequential{Dense<2, 1>{}, Hinge{}}).find("Total params: 3\n") != std::string::npos);
  CHECK(summary(Sequential{Dense<1023, 1000>{}, Hinge{}}).find("Total params: 1,024,000\n") !=
        std::string::npos);
}
