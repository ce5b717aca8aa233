// this transport cannot run this rule's schedule
#include "line.hpp"

struct OnlySynchronous : InProcess {
  static constexpr bool supports(Schedule s) noexcept { return s == Schedule::synchronous; }
};
#ifdef TWIN
using Rule = SynchronousEasgd;
#else
using Rule = Easgd;
#endif
int main() { Trainer trainer{Line{}, OnlySynchronous{}, Rule{}, Sgd{}}; }
