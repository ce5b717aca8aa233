// tributary: Summation::fixed cannot hold with -ffast-math, parts of it such as
#ifndef TWIN
#define __ASSOCIATIVE_MATH__ 1  // as g++ does for -funsafe-math-optimizations
#endif
#include <tributary/tributary.hpp>

using namespace tributary;

const Sequential net{Dense<2, 2>{}, SoftmaxCrossEntropy{}};
using Net = std::remove_const_t<decltype(net)>;
int main() {
  const Vector<float> parameters = Vector<float>::Zero(net.parameter_count());
  const Predictor<Net, Summation::fixed> predictor{SavedModel<Net>{net, parameters}};
}
