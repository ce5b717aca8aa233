// an observer's on() would never be called: it takes an event by non-const reference
#include "line.hpp"

struct Watcher {
  void on(const Started&) const {}
#ifdef TWIN
  void on(const Merged<float>&) const {}
#else
  void on(const Merged<float>&) {}
#endif
};
int main() {
  const Watcher watcher;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
