// an observer handles no event
#include "line.hpp"

struct Watcher {
#ifdef TWIN
  void on(const Merged<float>&) {}
#else
  void on_merge(const Merged<float>&) {}
#endif
};
int main() {
  Watcher watcher;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
