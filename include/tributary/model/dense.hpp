// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/detail/penalty.hpp>
#include <tributary/model/initialization.hpp>
#include <tributary/model/layer.hpp>
#include <type_traits>
#include <vector>

namespace tributary::inline v0_1 {

template <Real S, int In, int Out>
struct DensePart;

/// y = W x + b. Parameters: W in panels, see DensePart::place, then b (Out), which starts at 0. The
/// weights alone have a penalty on the loss: l1 Σ|w| + l2 Σw², like Keras' kernel_regularizer.
template <int In, int Out>
struct Dense {
  static_assert(In > 0 && Out > 0, "tributary: Dense<inputs, outputs> needs positive numbers");
  static constexpr Index inputs = In;

  Initialization initialization = Initialization::glorot_uniform;
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
  AlignedVector<S> scratch = {};

  /// Few outputs of many inputs, as in the last layer of a classifier. The products then vectorize
  /// over inputs, not over outputs.
  static constexpr bool few_outputs = Out <= 8 && 8 * Out <= In;

  /// Offset of W(output, input). W lies in panels of 32 outputs, the last one narrower, and each
  /// panel by columns. So with up to 32 outputs W lies by columns. With few_outputs, the same holds
  /// for the transpose of W.
  static constexpr Index place(Index output, Index input) {
    return few_outputs ? detail::place_in_panels(input, output, Out, In)
                       : detail::place_in_panels(output, input, In, Out);
  }

  void initialize(S* p, Rng& rng) const {
    std::vector<S> by_columns(std::size_t{weight_count});
    draw_weights<S>(settings.initialization, In, Out, by_columns, rng);
    for (Index i = 0; i < weight_count; ++i)
      p[place(i % Out, i / Out)] = by_columns[static_cast<std::size_t>(i)];
    std::fill_n(p + weight_count, Out, S{0});
  }

  void forward(const S* p, const auto& x, auto& y) const {
    detail::with_kernels([&](auto kernels) {
      const S* const bias = p + weight_count;
      if constexpr (few_outputs) {
        kernels.template forward_of_few<S>(p, bias, In, Out, x.data(), x.outerStride(), x.cols(),
                                           y.data(), y.outerStride());
      } else {
        kernels.template forward<S>(p, bias, In, Out, x.data(), x.outerStride(), x.cols(), y.data(),
                                    y.outerStride());
      }
    });
  }

  void propagate(const S* p, const auto&, const auto&, const auto& dy, auto& dx) {
    detail::with_kernels([&](auto kernels) {
      if constexpr (few_outputs) {
        kernels.template forward<S>(p, nullptr, Out, In, dy.data(), dy.outerStride(), dy.cols(),
                                    dx.data(), dx.outerStride());
      } else {
        scratch.resize(static_cast<std::size_t>((In + Out) * detail::panel));
        kernels.template input_gradient<S>(p, In, Out, dy.data(), dy.outerStride(), dy.cols(),
                                           dx.data(), dx.outerStride(), scratch.data());
      }
    });
  }

  void propagate_frozen(const S* p, const auto& x, const auto& y, const auto& dy, auto& dx) {
    propagate(p, x, y, dy, dx);
  }

  Loss gradient(const S* p, const auto& x, const auto& dy, S* dp) const {
    differentiate(x, dy, dp, false);
    return detail::add_penalty<S>(settings.l1, settings.l2, weight_count, p, dp);
  }
  void add_gradient(const S*, const auto& x, const auto& dy, S* dp) const {
    differentiate(x, dy, dp, true);
  }

 private:
  static void differentiate(const auto& x, const auto& dy, S* dp, bool add) {
    detail::with_kernels([&](auto kernels) {
      if constexpr (few_outputs) {
        kernels.template weight_gradient<S>(x.data(), x.outerStride(), dy.data(), dy.outerStride(),
                                            x.cols(), Out, In, dp, nullptr, add);
        Eigen::Map<Eigen::Vector<S, Out>> db{dp + weight_count};
        if (!add) db.setZero();
        db += dy.rowwise().sum();
      } else {
        kernels.template weight_gradient<S>(dy.data(), dy.outerStride(), x.data(), x.outerStride(),
                                            x.cols(), In, Out, dp, dp + weight_count, add);
      }
    });
  }
};

}  // namespace tributary::inline v0_1
