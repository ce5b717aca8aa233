// argument 1 is not a Model
#include "line.hpp"

struct NoGradient : Line {
#ifndef TWIN
  void loss_and_gradient();
#endif
};
int main() { Trainer trainer{NoGradient{}, InProcess{}, Easgd{}, Sgd{}}; }
