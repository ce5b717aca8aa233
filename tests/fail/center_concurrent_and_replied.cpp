// a center half that is `concurrent` cannot have `replies_center`
#include "line.hpp"

struct Racing : Downpour {
  struct CenterPart {
    static constexpr bool concurrent = true;
#ifndef TWIN
    static constexpr bool replies_center = true;
#endif
    void merge(View<float> center, ConstView<float> sum, MergeInfo, View<float> reply) const {
      reply = center += sum;
    }
  };
  CenterPart make_center_half(const Vector<float>&, int) const { return {}; }
};
int main() { Trainer{Line{}, InProcess{}, Racing{}, Sgd{}}.train(Events{}, {}); }
