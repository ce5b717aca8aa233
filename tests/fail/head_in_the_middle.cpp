// only the last element of a Sequential may be a head
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
Sequential net{Dense<30, 2>{}, Dense<2, 2>{}, SoftmaxCrossEntropy{}};
#else
Sequential net{Dense<30, 2>{}, Hinge{}, Dense<2, 2>{}, SoftmaxCrossEntropy{}};
#endif
