// an observer's on() would never be called: its argument is no event
#include <memory>
#include <variant>

#include "line.hpp"

struct Watcher {
  void on(const Started&) {}
#ifdef TWIN
  void on(std::variant<Span, Notice>) {}
#else
  void on(std::unique_ptr<int>) {}
#endif
};
int main() {
  Watcher watcher;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, watcher);
}
