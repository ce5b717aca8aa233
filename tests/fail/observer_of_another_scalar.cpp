// an observer's on() would never be called: it takes a Merged of another scalar
#include "line.hpp"

struct Watcher {
  void on(const Started&) {}
  void on(const Merged<double>&) {}
#ifdef TWIN
  void on(const Merged<float>&) {}  // one for nets of either
#endif
};
int main() {
  Watcher watcher;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
