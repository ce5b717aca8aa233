// argument 3 is not an UpdateRule
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
struct HalfRule : Averaging {
  struct CenterPart {
#ifdef TWIN
    void merge(View<float>, ConstView<float>, MergeInfo, View<float>) {}
#else
    void merge(View<float>, ConstView<float>) {}
#endif
  };
  CenterPart make_center_half(const Vector<float>&, int) const { return {}; }
};
int main() { Trainer trainer{Line{}, InProcess{}, HalfRule{}, Sgd{}}; }
