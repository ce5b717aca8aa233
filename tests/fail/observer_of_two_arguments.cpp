// an observer's on() would never be called: it must take one argument
#include "line.hpp"

struct Watcher {
  void on(const Started&) {}
#ifdef TWIN
  void on(const Merged<float>&, bool = false) {}
#else
  void on(const Merged<float>&, bool) {}
#endif
};
int main() {
  Watcher watcher;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
