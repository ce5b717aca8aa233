// argument 2 is not a Transport
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
struct Carrier : InProcess {
#ifndef TWIN
  int topology() const { return 1; }
#endif
};
int main() { Trainer trainer{Line{}, Carrier{}, Easgd{}, Sgd{}}; }
