// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <tributary/core/finite.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>

namespace tributary::inline v0_1 {

namespace detail {
// max(x, 0) and min(x, 0), which keep NaN; Eigen's x.max(0) does not guarantee it.
template <class X>
auto above_zero(const X& x) {
  using S = typename X::Scalar;
  return x.binaryExpr(x.Zero(x.rows(), x.cols()),
                      Eigen::internal::scalar_max_op<S, S, Eigen::PropagateNaN>{});
}
template <class X>
auto below_zero(const X& x) {
  using S = typename X::Scalar;
  return x.binaryExpr(x.Zero(x.rows(), x.cols()),
                      Eigen::internal::scalar_min_op<S, S, Eigen::PropagateNaN>{});
}
/// 1 for x > 0 and 0 for x = 0; x must not be negative. Subnormal x may give values between. Eigen
/// 3.4 vectorizes this, but no comparison. Nothing overflows.
template <class X>
auto is_positive(const X& x) {
  constexpr auto least = std::numeric_limits<typename X::Scalar>::min();
  return x.min(least) * (1 / least);
}
/// 1 / (1 + e⁻ˣ) without the overflow of Eigen's exponential.
template <class X>
auto sigmoid(const X& x) {
  return below_zero(x).exp() / (1 + (-x.abs()).exp());
}
}  // namespace detail

/// y = x.
struct Linear {
  auto value(const auto& x) const { return x + 0; }
  auto derivative(const auto& x, const auto&) const { return x.Ones(x.rows(), x.cols()); }
};

/// y = max(x, 0).
struct Relu {
  auto value(const auto& x) const { return detail::above_zero(x); }
  auto derivative(const auto&, const auto& y) const { return detail::is_positive(y); }
};

/// The most common activation, with kernels for every instruction set.
template <Shape Inputs>
struct ElementwisePart<Relu, Inputs> {
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameter_count = 0;
  Relu activation;

  void forward(const auto*, const auto& x, auto& y) const {
    detail::with_kernels([&](auto kernels) {
      for (Index i = 0; i < x.cols(); ++i) kernels.relu(Inputs, x.col(i).data(), y.col(i).data());
    });
  }
  void propagate(const auto*, const auto&, const auto& y, const auto& dy, auto& dx) const {
    detail::with_kernels([&](auto kernels) {
      for (Index i = 0; i < y.cols(); ++i)
        kernels.relu_slope(Inputs, y.col(i).data(), dy.col(i).data(), dx.col(i).data());
    });
  }
};

/// y = x for x > 0, else slope x. Maas, Hannun, Ng, ICML 2013.
struct LeakyRelu {
  double slope = 0.01;

  template <class X>
  auto value(const X& x) const {
    const auto below = static_cast<typename X::Scalar>(slope);
    return detail::above_zero(x) + below * detail::below_zero(x);
  }
  template <class X>
  auto derivative(const X& x, const auto&) const {
    const auto below = static_cast<typename X::Scalar>(slope);
    return below + (1 - below) * detail::is_positive(detail::above_zero(x));
  }
  void validate() const { require(is_finite(slope), "LeakyRelu::slope", slope, "finite"); }
};

/// y = x for x > 0, else alpha (eˣ − 1). Clevert et al., ICLR 2016, arXiv:1511.07289.
struct Elu {
  double alpha = 1;

  template <class X>
  auto value(const X& x) const {
    const auto a = static_cast<typename X::Scalar>(alpha);
    // eˣ − 1 = 2 t / (1 − t) with t = tanh(x / 2), as Eigen's expm1 divides 0 by 0.
    const auto t = (detail::below_zero(x) / 2).tanh();
    return detail::above_zero(x) + a * (2 * t / (1 - t));
  }
  template <class X>
  auto derivative(const X& x, const auto& y) const {
    const auto a = static_cast<typename X::Scalar>(alpha);
    const auto above = detail::is_positive(detail::above_zero(x));
    return above + (1 - above) * (y + a);
  }
  void validate() const { require(is_finite(alpha), "Elu::alpha", alpha, "finite"); }
};

/// y = tanh x.
struct Tanh {
  auto value(const auto& x) const { return x.tanh(); }
  auto derivative(const auto&, const auto& y) const { return 1 - y.square(); }
};

/// y = σ(x) = 1 / (1 + e⁻ˣ).
struct Sigmoid {
  auto value(const auto& x) const { return detail::sigmoid(x); }
  auto derivative(const auto&, const auto& y) const { return y * (1 - y); }
};

/// y = x / 5 + 1/2, clipped to [0, 1]: as in Keras 2 and lwtnn (Keras 3 has x / 6).
struct HardSigmoid {
  template <class X>
  auto value(const X& x) const {
    const auto half = static_cast<typename X::Scalar>(0.5);
    return 1 + detail::below_zero(detail::above_zero(x / 5 + half) - 1);
  }
  auto derivative(const auto&, const auto& y) const { return detail::is_positive(y * (1 - y)) / 5; }
};

/// y = x σ(x), also called SiLU. Ramachandran, Zoph, Le, arXiv:1710.05941, with β = 1.
struct Swish {
  auto value(const auto& x) const { return x * detail::sigmoid(x); }
  auto derivative(const auto& x, const auto& y) const { return y + detail::sigmoid(x) * (1 - y); }
};

/// y = ln(1 + eˣ), written so that eˣ never overflows. Dugas et al., NIPS 2000.
struct Softplus {
  auto value(const auto& x) const {
    // ln(1 + e) = ln u + (e − (u − 1)) / u with u = 1 + e, as Eigen's log1p divides 0 by 0.
    const auto e = (-x.abs()).exp();
    const auto u = 1 + e;
    return detail::above_zero(x) + (u.log() + (e - (u - 1)) / u);
  }
  auto derivative(const auto& x, const auto&) const { return detail::sigmoid(x); }
};

}  // namespace tributary::inline v0_1
