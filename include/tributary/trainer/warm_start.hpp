// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/model.hpp>

namespace tributary::inline v0_1 {

/// How Trainer::starting_from takes parameters from another net.
struct WarmStart {
  /// The first layers that are taken, without the head; the others get new parameters. Layers
  /// without parameters count.
  int layers = all_layers;
};

/// A model with its parameters, such as a SavedModel.
template <class T>
concept HasParameters = requires(const T& from) {
  { from.parameters.size() } -> std::convertible_to<Index>;
  from.net.parameter_count();
};
/// A model with the parameters of one or more members, such as a Trained.
template <class T>
concept HasMembers = requires(const T& from) {
  { from.members.front().size() } -> std::convertible_to<Index>;
  from.model.parameter_count();
};

namespace detail {

/// Throws std::invalid_argument naming the first parameter that is not finite, with its layer if
/// the model describes its layers.
template <class M>
void require_finite_start(const M& model, const Vector<typename M::Scalar>& parameters) {
  for (Index i = 0; i < parameters.size(); ++i) {
    if (is_finite(parameters[i])) continue;
    std::string where;
    if constexpr (requires { model.describe([](const auto&, auto, auto, Index) {}); }) {
      Index layer = 0, end = 0;
      model.describe([&](const auto&, auto, auto, Index count) {
        ++layer;
        end += count;
        if (where.empty() && end > i) where = " of layer " + std::to_string(layer);
      });
    }
    require(false, "warm start: parameter " + std::to_string(i) + where, parameters[i], "finite");
  }
}

/// A checksum of all vectors of a warm start.
template <class Vectors>
std::uint32_t checksum_of_all(const Vectors& vectors) {
  std::uint32_t crc = 0;
  for (const auto& v : vectors)
    crc = crc32c_of_numbers(std::span{v.data(), static_cast<std::size_t>(v.size())}, crc);
  return crc;
}

}  // namespace detail

}  // namespace tributary::inline v0_1
