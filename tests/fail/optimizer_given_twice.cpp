// this rule brings its own local optimizer
#include "line.hpp"

int main() {
#ifdef TWIN
  Trainer trainer{Line{}, InProcess{}, Eamsgd{}};
#else
  Trainer trainer{Line{}, InProcess{}, Eamsgd{}, Sgd{}};
#endif
}
