// the head needs more outputs than the last layer gives
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
Sequential net{Dense<30, 1>{}, SigmoidCrossEntropy{}};
#else
Sequential net{Dense<30, 1>{}, SoftmaxCrossEntropy{}};
#endif
