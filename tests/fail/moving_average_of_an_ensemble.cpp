// MovingAverage averages one center, and this rule keeps one model per worker
#include "line.hpp"

#ifdef TWIN
using Rule = Averaging;
#else
using Rule = Independent;
#endif
int main() { Trainer trainer{Line{}, InProcess{}, MovingAverage{Rule{}, 0.9}, Sgd{}}; }
