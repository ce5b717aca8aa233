// the window of a MaxPool2D is larger than the image that reaches it
#include <tributary/model/sequential.hpp>

using namespace tributary;

#ifdef TWIN
constexpr int size = 3;
#else
constexpr int size = 4;
#endif
Sequential net{Image<3, 5, 2>{}, MaxPool2D<size>{}, Dense<2, 2>{}, SoftmaxCrossEntropy{}};
