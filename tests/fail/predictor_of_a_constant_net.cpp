// Predictor<const Net>: leave const out, as std::remove_const_t<decltype(net)> does
#include <tributary/tributary.hpp>

using namespace tributary;

const Sequential net{Dense<2, 2>{}, SoftmaxCrossEntropy{}};
#ifdef TWIN
using Net = std::remove_const_t<decltype(net)>;
#else
using Net = decltype(net);
#endif
int main() {
  const Vector<float> parameters = Vector<float>::Zero(net.parameter_count());
  const Predictor<Net> predictor{SavedModel<std::remove_const_t<Net>>{net, parameters}};
}
