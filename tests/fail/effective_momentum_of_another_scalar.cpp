// EffectiveMomentum::gradient must take
#include "line.hpp"

#ifdef TWIN
using Gradient = View<float>;
#else
using Gradient = View<double>;
#endif
int main() {
  EffectiveMomentum watcher{.gradient = [](ConstView<float>, Gradient) {}};
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
