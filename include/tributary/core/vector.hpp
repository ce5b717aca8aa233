// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <concepts>

namespace tributary::inline v0_1 {

/// The element type of parameters, gradients and messages. The model determines it.
template <class S>
concept Real = std::same_as<S, float> || std::same_as<S, double>;

using Loss = double;  ///< Mean over a batch, in the units of the model's loss.
using Index = Eigen::Index;

template <Real S>
using Vector = Eigen::VectorX<S>;
template <Real S>
using View = Eigen::Ref<Vector<S>>;  ///< Borrowed and mutable. A shard is a segment of one.
template <Real S>
using ConstView = Eigen::Ref<const Vector<S>>;

/// Column-major for any Eigen default. For events: rows are features or outputs, one column an
/// event.
template <Real S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
template <Real S>
using ConstMatrixView = Eigen::Ref<const Matrix<S>>;

}  // namespace tributary::inline v0_1
