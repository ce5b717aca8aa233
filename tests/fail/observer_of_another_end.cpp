// an observer's on() would never be called: it takes a Finished of another scalar
#include "line.hpp"

struct Watcher {
  void on(const Merged<float>&) {}
#ifdef TWIN
  template <Real S>
  void on(const Finished<S>&) {}
#else
  void on(const Finished<double>&) {}
#endif
};
int main() {
  Watcher watcher;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
