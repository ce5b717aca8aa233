// an observer's on() would never be called: it takes an event by non-const reference
#include "line.hpp"

struct Watcher {
  void on(const Started&) {}
#ifdef TWIN
  void on(const Merged<float>&) {}
#else
  void on(Merged<float>&) {}
#endif
};
int main() {
  Watcher watcher;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
