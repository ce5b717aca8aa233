// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/batch_source.hpp>
#include <tributary/data/dataset.hpp>
#include <tributary/data/partition.hpp>
#include <tributary/model/model.hpp>
#include <utility>

namespace tributary::inline v0_1 {

/// The parameters with the statistics of this data, if the model Calibrates. One pass over the data
/// in shuffled batches, without dropout, collects the statistics of each layer's input; each batch
/// is normalized by its own. This is "precise" batch normalization (Wu, Johnson, arXiv:2105.07576,
/// section 3.2); a few thousand events are enough. Trainer::train ends with it. To evaluate a
/// center earlier, such as in Evaluate, call it first:
///
///   Evaluate{.measure = [&](ConstView<float> center) {
///     return accuracy(net.predict(calibrated(net, center, sample, 32), test.features), test);
///   }}
template <Model M, Dataset D>
Vector<typename M::Scalar> calibrated(const M& model, Vector<typename M::Scalar> parameters,
                                      const D& data, int batch_size) {
  require(batch_size >= 1, "calibrated: batch_size", batch_size, "at least 1");
  using Batches = ShuffledBatches<D, ShareRows>;
  if constexpr (Calibrates<M, Batches>) {
    const Partition all{data.size(), 1, Seed{}};
    const std::size_t batches = all.batches(static_cast<std::size_t>(batch_size));
    if constexpr (NeedsEvents<M>)
      require(data.size() / batches >= static_cast<std::size_t>(M::least_events()),
              "calibrated: batch_size", batch_size, "larger: a batch would have too few events");
    Batches source{data, all.share(0), batches, Seed{}};
    M{model}.calibrate(parameters, source, batches);
  }
  return parameters;
}

}  // namespace tributary::inline v0_1
