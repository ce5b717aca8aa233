#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <tributary/core/random.hpp>
#include <vector>

namespace tributary {

/// Who trains on which rows: all rows, shuffled once, cut into `workers` nearly equal shares.
/// Every process computes the same cut from the same seed, so no row list is ever sent.
class Partition {
 public:
  Partition(std::size_t rows, int workers, Seed seed)
      : order_(rows), workers_{static_cast<std::size_t>(workers)} {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    Rng rng = seed.derive(Stream::partition).rng();
    shuffle(std::span{order_}, rng);
  }

  /// The rows of one worker.
  std::vector<std::size_t> share(int rank) const {
    const auto rows = std::span{order_}.subspan(cut(rank), share_rows(rank));
    return {rows.begin(), rows.end()};
  }
  std::size_t share_rows(int rank) const { return cut(rank + 1) - cut(rank); }
  /// Batches of a pass over a share: the same number for every worker, so that no round belongs to
  /// some of them alone. No batch is larger than batch_size, but for one case: where batch_size is 1,
  /// the first batch of a share that has a row more than others holds two rows.
  std::size_t batches(std::size_t batch_size) const {
    const std::size_t at_once = batch_size * workers_;
    return std::min((order_.size() + at_once - 1) / at_once, order_.size() / workers_);
  }

 private:
  std::size_t cut(int rank) const {
    return order_.size() * static_cast<std::size_t>(rank) / workers_;
  }

  std::vector<std::size_t> order_;
  std::size_t workers_;
};

}  // namespace tributary
