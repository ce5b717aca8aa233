// to be Frozen, the part of this layer needs propagate_frozen
#include <tributary/model/sequential.hpp>

using namespace tributary;

template <Real S, Index Width>
struct OffsetPart {
  static constexpr Index outputs = Width, parameter_count = Width;

  void initialize(S*, Rng&) const {}
  void forward(const S*, const auto& x, auto& y) const { y = x; }
  void propagate(const S*, const auto&, const auto&, const auto& dy, auto& dx) const { dx = dy; }
  Loss gradient(const S*, const auto&, const auto&, S*) const { return 0; }
#ifdef TWIN
  void propagate_frozen(const S* p, const auto& x, const auto& y, const auto& dy, auto& dx) const {
    propagate(p, x, y, dy, dx);
  }
#endif
};
struct Offset {
  template <Real S, Index Inputs>
  OffsetPart<S, Inputs> make_part() const {
    return {};
  }
};
Sequential net{Dense<30, 2>{}, Frozen{Offset{}}, SoftmaxCrossEntropy{}};
