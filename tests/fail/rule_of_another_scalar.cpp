// this rule is written for another scalar than Model::Scalar
#include "line.hpp"

#ifdef TWIN
using Only = float;
#else
using Only = double;
#endif
struct OneScalarRule : Averaging {
  ParametersWorker<Only> make_worker_half(const Vector<Only>&, int) const { return {}; }
};
int main() { Trainer trainer{Line{}, InProcess{}, OneScalarRule{}, Sgd{}}; }
