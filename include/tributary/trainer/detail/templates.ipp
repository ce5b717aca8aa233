// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/batch_source.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/shares.hpp>
#include <tributary/data/split.hpp>
#include <tributary/model/detail/penalty.hpp>
#include <utility>

// Templates that most programs need for float or double. The library tributary::compiled has them, so
// that its programs do not compile them again.

namespace tributary::inline v0_1 {

#define TRIBUTARY_TEMPLATES_OF(S)                                                                  \
  TRIBUTARY_EXTERN template struct BasicEvents<S>;                                                 \
  TRIBUTARY_EXTERN template class ShuffledBatches<BasicEvents<S>>;                                 \
  TRIBUTARY_EXTERN template class ShuffledBatches<BasicEvents<S>, ShareRows>;                      \
  TRIBUTARY_EXTERN template BasicEvents<S> select(const BasicEvents<S>&,                           \
                                                  std::span<const std::size_t>);                   \
  TRIBUTARY_EXTERN template std::pair<BasicEvents<S>, BasicEvents<S>> split(const BasicEvents<S>&, \
                                                                            double);               \
  TRIBUTARY_EXTERN template Loss detail::add_penalty(double, double, Index, const S*, S*);
TRIBUTARY_TEMPLATES_OF(float)
TRIBUTARY_TEMPLATES_OF(double)
#undef TRIBUTARY_TEMPLATES_OF

}  // namespace tributary::inline v0_1
