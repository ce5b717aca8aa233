// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/codec/floating_point.hpp>
#include <tributary/core/vector.hpp>

namespace tributary::inline v0_1 {

/// The scalar's own values: Float32 for float, Float64 for double.
struct Lossless {
  template <Real S>
  using Of = std::conditional_t<std::same_as<S, float>, Float32, Float64>;

  template <Real S>
  auto make_encoder(const Vector<S>& initial) const {
    return Of<S>{}.make_encoder(initial);
  }
  template <Real S>
  auto make_decoder(const Vector<S>& initial) const {
    return Of<S>{}.make_decoder(initial);
  }
  template <Real S>
  std::size_t max_bytes(const Vector<S>& initial) const {
    return Of<S>{}.max_bytes(initial);
  }
  void validate() const {}
};

}  // namespace tributary::inline v0_1
