// this rule brings its own local optimizer
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
int main() {
#ifdef TWIN
  Trainer trainer{Line{}, InProcess{}, Eamsgd{}};
#else
  Trainer trainer{Line{}, InProcess{}, Eamsgd{}, Sgd{}};
#endif
}
