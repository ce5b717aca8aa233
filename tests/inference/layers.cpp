// Each kind of layer and head, by the kernels of each instruction set, against its definition in
// double.

#include <tributary/inference/predictor.hpp>

#include <doctest/doctest.h>

#include "inference/reference.hpp"

using namespace tributary;

namespace {

/// By all instructions.
template <class S, class... Elements>
void check(double tolerance, const Elements&... elements) {
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
template <class... Elements>
void check(const Elements&... elements) {
  check<float>(4e-6, elements...);
  check<double>(1e-14, elements...);
}

}  // namespace

TEST_CASE("a dense net predicts what its definition says, whatever its widths") {
  check(Dense<7, 5>{}, Tanh{}, Dense<5, 1>{}, SigmoidCrossEntropy{});
  check(Dense<16, 64>{}, Relu{}, Dense<64, 33>{}, Relu{}, Dense<33, 17>{}, SoftmaxCrossEntropy{});
  check(Dense<30, 150>{}, Relu{}, Dropout{}, Dense<150, 130>{}, Relu{}, Dense<130, 2>{},
        SoftmaxCrossEntropy{});
}

TEST_CASE("a net of few outputs predicts what its definition says") {
  check(Dense<70, 3>{}, MeanSquaredError{});
  check(Image<7, 10, 1>{}, Flatten{}, Dropout{}, Dense<70, 8>{}, Tanh{}, Dense<8, 1>{}, Hinge{});
}
