// an element of a Sequential is neither a layer nor a head
#include <tributary/model/sequential.hpp>

using namespace tributary;

struct NoLayer {};
#ifdef TWIN
using Second = Relu;
#else
using Second = NoLayer;
#endif
Sequential net{Dense<30, 2>{}, Second{}, SoftmaxCrossEntropy{}};
