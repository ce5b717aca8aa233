// this rule's optimizer works at the center
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
struct TakesTheGradientItself {
  struct Stepper {
    template <class Oracle>
    Loss step(View<float> parameters, const Oracle& oracle) {
      return oracle(parameters, parameters);
    }
#ifdef TWIN
    void apply(View<float>, View<float>) {}
#endif
  };
  Stepper make_stepper(const Vector<float>&) const { return {}; }
  void validate() const {}
};
int main() { Trainer trainer{Line{}, InProcess{}, SynchronousSgd{}, TakesTheGradientItself{}}; }
