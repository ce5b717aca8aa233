// the kernel of a Conv2D is larger than the image that reaches it
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
Sequential net{Image<5, 6, 1>{}, Conv2D<2, 5>{}, Flatten{}, Dense<4, 2>{}, SoftmaxCrossEntropy{}};
#else
Sequential net{Dense<30, 30>{}, Conv2D<2, 5>{}, Flatten{}, Dense<4, 2>{}, SoftmaxCrossEntropy{}};
#endif
