// this transport cannot run this rule's schedule
#include <tributary/tributary.hpp>
using namespace tributary;
struct Line {
  using Scalar = float;
  using Batch = EventBatch<float>;
  Index parameter_count() const { return 1; }
  void initialise(View<float>, Rng&) const {}
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float>) const { return 0; }
};
struct OnlySynchronous : InProcess {
  static constexpr bool supports(Schedule s) noexcept { return s == Schedule::synchronous; }
};
#ifdef TWIN
using Rule = SynchronousEasgd;
#else
using Rule = Easgd;
#endif
int main() { Trainer trainer{Line{}, OnlySynchronous{}, Rule{}, Sgd{}}; }
