// Summation::fixed must not compile if sums may be reordered. g++ defines this macro for
// -funsafe-math-optimizations.
#define __ASSOCIATIVE_MATH__ 1
#include <tributary/inference/predictor_class.hpp>

#include <tributary/model/sequential.hpp>

using namespace tributary;

using Net = Sequential<float, Dense<2, 2>, SoftmaxCrossEntropy>;
int main() { return sizeof(Predictor<Net, Summation::fixed>); }
