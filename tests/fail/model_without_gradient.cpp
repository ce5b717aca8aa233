// argument 1 is not a Model
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
struct NoGradient : Line {
#ifndef TWIN
  void loss_and_gradient();
#endif
};
int main() { Trainer trainer{NoGradient{}, InProcess{}, Easgd{}, Sgd{}}; }
