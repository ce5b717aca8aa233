// this rule is written for another scalar than Model::Scalar
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
using Only = float;
#else
using Only = double;
#endif
struct OneScalarRule : Averaging {
  ParametersWorker<Only> make_worker_half(const Vector<Only>&, int) const { return {}; }
};
int main() { Trainer trainer{Line{}, InProcess{}, OneScalarRule{}, Sgd{}}; }
