// the data is not a Dataset
#include "line.hpp"

struct Data : Events {
#ifndef TWIN
  void gather() const;
#endif
};
int main() { Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Data{}, {}); }
