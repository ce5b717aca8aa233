// Summation::fixed must not compile where sums may be reordered, as g++ says for
// -funsafe-math-optimizations by this macro.
#define __ASSOCIATIVE_MATH__ 1
#include <tributary/inference/predictor_class.hpp>

#include <tributary/model/sequential.hpp>

using namespace tributary;

using Net = Sequential<float, Dense<2, 2>, SoftmaxCrossEntropy>;
int main() { return sizeof(Predictor<Net, Summation::fixed>); }
