// this rule has no overlap, the local steps while a commit is in flight: give it `int overlap = 0;`
#include "line.hpp"

struct Mine {
  static constexpr Schedule schedule = Schedule::synchronous;
  int period = 1;
#ifdef TWIN
  int overlap = 0;
#endif
  auto make_worker_half(const Vector<float>& initial, int workers) const {
    return Averaging{}.make_worker_half(initial, workers);
  }
  auto make_center_half(const Vector<float>& initial, int workers) const {
    return Averaging{}.make_center_half(initial, workers);
  }
  void validate(int) const {}
};
int main() { Trainer trainer{Line{}, InProcess{}, Mine{}, Sgd{}}; }
