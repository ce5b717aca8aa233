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

TRIBUTARY_EXTERN template struct BasicEvents<float>;
TRIBUTARY_EXTERN template class ShuffledBatches<BasicEvents<float>>;
TRIBUTARY_EXTERN template class ShuffledBatches<BasicEvents<float>, ShareRows>;
TRIBUTARY_EXTERN template BasicEvents<float> select(const BasicEvents<float>&,
                                                    std::span<const std::size_t>);
TRIBUTARY_EXTERN template std::pair<BasicEvents<float>, BasicEvents<float>> split(
    const BasicEvents<float>&, double);
TRIBUTARY_EXTERN template Loss detail::add_penalty(double, double, Index, const float*, float*);

TRIBUTARY_EXTERN template struct BasicEvents<double>;
TRIBUTARY_EXTERN template class ShuffledBatches<BasicEvents<double>>;
TRIBUTARY_EXTERN template class ShuffledBatches<BasicEvents<double>, ShareRows>;
TRIBUTARY_EXTERN template BasicEvents<double> select(const BasicEvents<double>&,
                                                     std::span<const std::size_t>);
TRIBUTARY_EXTERN template std::pair<BasicEvents<double>, BasicEvents<double>> split(
    const BasicEvents<double>&, double);
TRIBUTARY_EXTERN template Loss detail::add_penalty(double, double, Index, const double*, double*);

}  // namespace tributary::inline v0_1
