// an observer handles no event
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
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
