// the first layer of a Sequential must fix its number of inputs
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
Sequential net{Dense<30, 2>{}, Relu{}, SoftmaxCrossEntropy{}};
#else
Sequential net{Relu{}, Dense<30, 2>{}, SoftmaxCrossEntropy{}};
#endif
