// the data is not a Dataset
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
struct Data : Events {
#ifndef TWIN
  void gather() const;
#endif
};
int main() { Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Data{}, {}); }
