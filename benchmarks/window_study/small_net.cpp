#include <tributary/model/sequential.hpp>

#include "net.hpp"

using namespace tributary;

Net small_net() {
  return Net{Sequential{Dense<784, 128>{}, Relu{}, Dense<128, 64>{}, Relu{}, Dense<64, 10>{},
                        SoftmaxCrossEntropy{}}};
}
