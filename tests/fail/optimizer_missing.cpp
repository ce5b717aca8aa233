// this rule needs an optimizer as argument 4
#include "line.hpp"

int main() {
#ifdef TWIN
  Trainer trainer{Line{}, InProcess{}, Easgd{}, Sgd{}};
#else
  Trainer trainer{Line{}, InProcess{}, Easgd{}};
#endif
}
