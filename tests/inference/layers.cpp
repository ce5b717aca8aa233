// Each kind of layer and head, by the kernels of each instruction set, against its definition in
// double.

#include <tributary/inference/predictor.hpp>

#include <doctest/doctest.h>

#include "inference/reference.hpp"

using namespace tributary;

namespace {

/// By all instructions.
template <class S, class... Elements>
void check(const Elements&... elements) {
  const double tolerance = std::same_as<S, float> ? 4e-6 : 1e-14;
  const auto trained = reference::drawn(sequential<S>(elements...));
  using Net = decltype(trained.model);
  reference::for_each_simd([&](Simd instructions) {
    CAPTURE(static_cast<int>(instructions));
    const Predictor<Net> predictor{trained, instructions};
    CHECK(reference::error(predictor, trained) < tolerance);

    // And events in a batch, which goes by other kernels, are those one by one.
    const Index events = 37;
    const auto x = reference::normals<S>(events * Net::inputs(), 7);
    std::vector<S> together(reference::at(events * Net::outputs())),
        one(reference::at(Net::outputs()));
    predictor.predict_batch(x, together);
    double worst = 0;
    for (Index event = 0; event < events; ++event) {
      predictor.predict({x.data() + event * Net::inputs(), reference::at(Net::inputs())}, one);
      for (std::size_t k = 0; k < one.size(); ++k)
        worst = std::max<double>(
            worst, std::abs(one[k] - together[reference::at(event) * one.size() + k]));
    }
    CHECK(worst < tolerance);
  });
}
}  // namespace

TEST_CASE("a dense net predicts as defined, for any widths") {
  check<float>(Dense<7, 5>{}, Tanh{}, Dense<5, 1>{}, SigmoidCrossEntropy{});
  check<double>(Dense<16, 64>{}, Relu{}, Dense<64, 33>{}, Relu{}, Dense<33, 17>{},
                SoftmaxCrossEntropy{});
  check<float>(Dense<30, 150>{}, Relu{}, Dropout{}, Dense<150, 130>{}, Relu{}, Dense<130, 65>{},
               LeakyRelu{}, Dense<65, 2>{}, SoftmaxCrossEntropy{});
  check<double>(Dense<10, 99>{}, Relu{}, Dense<99, 90>{}, MeanSquaredError{});
}

TEST_CASE("a net with few outputs predicts as defined") {
  check<double>(Dense<70, 3>{}, MeanSquaredError{});
  check<float>(Image<7, 10, 1>{}, Flatten{}, Dropout{}, Dense<70, 8>{}, Tanh{}, Dense<8, 1>{},
               Hinge{});
}
