// argument 3 is not an UpdateRule
#include "line.hpp"

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
