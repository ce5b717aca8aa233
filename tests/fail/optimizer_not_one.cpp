// argument 4 is not a LocalOptimizer for Model::Scalar
#include "line.hpp"

struct NoStepper {
#ifdef TWIN
  SgdStepper<float> make_stepper(const Vector<float>&) const { return {0.1f}; }
#endif
  void validate() const {}
};
int main() { Trainer trainer{Line{}, InProcess{}, Easgd{}, NoStepper{}}; }
