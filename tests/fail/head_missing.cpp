// the last element of a Sequential must be a head
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
Sequential net{Dense<30, 2>{}, Relu{}, SoftmaxCrossEntropy{}};
#else
Sequential net{Dense<30, 2>{}, Relu{}};
#endif
