#pragma once

#include <algorithm>
#include <cstddef>
#include <tributary/core/require.hpp>
#include <tributary/model/initialisation.hpp>
#include <tributary/model/layer.hpp>
#include <type_traits>

namespace tributary {

template <Real S, int In, int Out>
struct DensePart;

/// y = W x + b. Parameters: W (Out × In, column-major), then b (Out), which starts at 0.
/// Penalty on the loss, of the weights only: l1 Σ|w| + l2 Σw², as Keras' kernel_regularizer.
template <int In, int Out>
struct Dense {
  static_assert(In > 0 && Out > 0, "tributary: Dense<inputs, outputs> needs positive numbers");
  static constexpr Index inputs = In;

  Initialisation initialisation = Initialisation::glorot_uniform;
  double l1 = 0;
  double l2 = 0;

  template <Real S, Index>
  DensePart<S, In, Out> make_part() const {
    return {*this};
  }
  void validate() const {
    require(l1 >= 0, "Dense::l1", l1, "at least 0");
    require(l2 >= 0, "Dense::l2", l2, "at least 0");
  }
};

template <Real S, int In, int Out>
struct DensePart {
  static constexpr Index outputs = Out;
  static constexpr Index weight_count = Index{In} * Out;
  static constexpr Index parameter_count = weight_count + Out;
  Dense<In, Out> settings;

  void initialise(S* p, Rng& rng) const {
    draw_weights<S>(settings.initialisation, In, Out, {p, std::size_t{weight_count}}, rng);
    std::fill_n(p + weight_count, Out, S{0});
  }

  void forward(const S* p, const auto& x, auto& y) const {
    y.colwise() = bias(p);
    if constexpr (std::remove_cvref_t<decltype(y)>::ColsAtCompileTime == 1) {
      y.noalias() += Eigen::Map<const Eigen::Matrix<S, Out, In>>{p} * x;
    } else {
      y.noalias() += weights(p) * x;
    }
  }

  void propagate(const S* p, const auto&, const auto&, const auto& dy, auto& dx) const {
    dx.noalias() = weights(p).transpose() * dy;
  }

  Loss gradient(const S* p, const auto& x, const auto& dy, S* dp) const {
    Block<S> dw{dp, Out, In};
    dw.noalias() = dy * x.transpose();
    Eigen::Map<Eigen::Vector<S, Out>>{dp + weight_count} = dy.rowwise().sum();
    if (settings.l1 == 0 && settings.l2 == 0) return 0;
    const auto w = weights(p);
    dw += static_cast<S>(settings.l1) * w.cwiseSign() + static_cast<S>(2 * settings.l2) * w;
    return settings.l1 * static_cast<Loss>(w.cwiseAbs().sum()) +
           settings.l2 * static_cast<Loss>(w.squaredNorm());
  }

 private:
  static ConstBlock<S> weights(const S* p) { return {p, Out, In}; }
  static Eigen::Map<const Eigen::Vector<S, Out>> bias(const S* p) {
    return Eigen::Map<const Eigen::Vector<S, Out>>{p + weight_count};
  }
};
static_assert(LayerPart<DensePart<float, 2, 3>, float> &&
              LayerPart<DensePart<double, 2, 3>, double>);

}  // namespace tributary
