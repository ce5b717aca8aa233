// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tributary/core/random.hpp>
#include <tributary/data/batch_source.hpp>
#include <tributary/data/dataset.hpp>
#include <tributary/data/partition.hpp>

namespace tributary::inline v0_1 {

/// The rows of a run as batches: those of any worker's share, from any step on. Cheap to copy.
template <Dataset D>
class Shares {
 public:
  /// `data` must outlive this and its batches.
  Shares(const D& data, int workers, int batch_size, Seed seed)
      : data_{&data},
        partition_{data.size(), workers, seed},
        batch_size_{static_cast<std::size_t>(batch_size)},
        seed_{seed} {}

  /// The same for every share.
  std::uint64_t steps_per_epoch() const { return partition_.batches(batch_size_); }
  /// Rows of the smallest batch; 0 if a share has no rows.
  std::uint64_t smallest_batch() const {
    return partition_.smallest_share() / std::max<std::uint64_t>(1, steps_per_epoch());
  }
  ShuffledBatches<D, ShareRows> batches(int share, std::uint64_t step = 0) const {
    return batches(share, step, steps_per_epoch());
  }
  /// With the given number of batches an epoch.
  ShuffledBatches<D, ShareRows> batches(int share, std::uint64_t step,
                                        std::uint64_t per_epoch) const {
    ShuffledBatches<D, ShareRows> source{*data_, partition_.share(share), per_epoch,
                                         seed_.derive(Stream::batches, share)};
    source.skip(step);
    return source;
  }

 private:
  const D* data_;
  Partition partition_;
  std::size_t batch_size_;
  Seed seed_;
};

}  // namespace tributary::inline v0_1
