// a layer of this Sequential expects another number of inputs than the layer before it gives
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
constexpr int width = 500;
#else
constexpr int width = 400;
#endif
Sequential net{Dense<30, 500>{}, Relu{}, Dense<width, 2>{}, SoftmaxCrossEntropy{}};
