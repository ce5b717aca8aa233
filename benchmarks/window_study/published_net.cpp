#include <tributary/model/sequential.hpp>

#include "net.hpp"

using namespace tributary;

Net published_net() {
  return Net{Sequential{Dense<784, 1000>{}, Relu{}, Dense<1000, 250>{}, Relu{}, Dense<250, 10>{},
                        SoftmaxCrossEntropy{}}};
}
