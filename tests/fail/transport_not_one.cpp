// argument 2 is not a Transport
#include "line.hpp"

struct Carriage : InProcess {
#ifndef TWIN
  int topology() const { return 1; }
#endif
};
int main() { Trainer trainer{Line{}, Carriage{}, Easgd{}, Sgd{}}; }
