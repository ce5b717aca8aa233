// a layer of this Sequential expects another number of inputs than the layer before it gives
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
constexpr int inputs = 32;
#else
constexpr int inputs = 50;
#endif
Sequential net{Image<6, 6, 1>{}, Conv2D<2, 3>{}, Flatten{}, Dense<inputs, 2>{},
               SoftmaxCrossEntropy{}};
