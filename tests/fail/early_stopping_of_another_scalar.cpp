// EarlyStopping::measure must be a double
#include "line.hpp"

#ifdef TWIN
using Argument = ConstView<float>;
#else
using Argument = Vector<float>&;
#endif
int main() {
  EarlyStopping watcher{.measure = [](Argument) { return 0.0; }};
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
