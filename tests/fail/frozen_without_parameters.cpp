// this layer has no parameters to freeze
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
Sequential net{Frozen{Dense<30, 4>{}}, Relu{}, Dense<4, 2>{}, SoftmaxCrossEntropy{}};
#else
Sequential net{Dense<30, 4>{}, Frozen{Relu{}}, Dense<4, 2>{}, SoftmaxCrossEntropy{}};
#endif
