// this rule's optimizer runs at the center
#include "line.hpp"

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
