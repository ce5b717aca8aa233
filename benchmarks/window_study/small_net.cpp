#include "train.hpp"

using namespace tributary;

const Net small_net{"784-128-64-10", [](const Job& job, const Data& data, std::stop_token stop) {
                      static const Sequential net{Dense<784, 128>{}, Relu{},
                                                  Dense<128, 64>{},  Relu{},
                                                  Dense<64, 10>{},   SoftmaxCrossEntropy{}};
                      return train(net, job, data, std::move(stop));
                    }};
