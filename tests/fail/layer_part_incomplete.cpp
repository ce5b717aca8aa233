// the part of this layer lacks something
#include <tributary/model/sequential.hpp>

using namespace tributary;

// Has parameters, but cannot take their gradient.
template <Real S, Index Width>
struct OffsetPart {
  static constexpr Index outputs = Width, parameter_count = Width;

  void initialize(S*, Rng&) const {}
  void forward(const S*, const auto& x, auto& y) const { y = x; }
  void propagate(const S*, const auto&, const auto&, const auto& dy, auto& dx) const { dx = dy; }
#ifdef TWIN
  Loss gradient(const S*, const auto&, const auto&, S*) const { return 0; }
#endif
};
struct Offset {
  template <Real S, Index Inputs>
  OffsetPart<S, Inputs> make_part() const {
    return {};
  }
};
Sequential net{Dense<30, 2>{}, Offset{}, SoftmaxCrossEntropy{}};
