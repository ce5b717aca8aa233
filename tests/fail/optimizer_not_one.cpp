// argument 4 is not a LocalOptimizer for Model::Scalar
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
struct NoStepper {
#ifdef TWIN
  SgdStepper<float> make_stepper(const Vector<float>&) const { return {0.1f}; }
#endif
  void validate() const {}
};
int main() { Trainer trainer{Line{}, InProcess{}, Easgd{}, NoStepper{}}; }
