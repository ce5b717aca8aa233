#include "train.hpp"

using namespace tributary;

const Net published_net{"784-1000-250-10",
                        [](const Job& job, const Data& data, std::stop_token stop) {
                          static const Sequential net{Dense<784, 1000>{}, Relu{},
                                                      Dense<1000, 250>{}, Relu{},
                                                      Dense<250, 10>{},   SoftmaxCrossEntropy{}};
                          return train(net, job, data, std::move(stop));
                        }};
