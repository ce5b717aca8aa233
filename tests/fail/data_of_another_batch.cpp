// the dataset makes another Batch than the model takes
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
#ifdef TWIN
using Data = BasicEvents<float>;
#else
using Data = BasicEvents<double>;
#endif
int main() { Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Data{}, {}); }
