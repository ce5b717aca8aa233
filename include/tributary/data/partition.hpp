// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <tributary/core/random.hpp>
#include <tributary/data/permutation.hpp>

namespace tributary::inline v0_1 {

/// The rows of one worker: a range of positions in a permutation of all rows.
class ShareRows {
 public:
  ShareRows(const Permutation& order, std::size_t begin, std::size_t size)
      : order_{order}, begin_{begin}, size_{size} {}

  std::size_t size() const noexcept { return size_; }
  std::size_t operator[](std::size_t i) const noexcept { return order_[begin_ + i]; }

 private:
  Permutation order_;
  std::size_t begin_, size_;
};

/// Divides the rows among the workers: a permutation of all rows from the seed, cut into `workers`
/// nearly equal shares. Every process computes the same cut from the same seed, so no list of rows
/// is sent or stored.
class Partition {
 public:
  Partition(std::size_t rows, int workers, Seed seed)
      : order_{rows, seed.derive(Stream::partition)}, workers_{static_cast<std::size_t>(workers)} {}

  ShareRows share(int rank) const { return {order_, cut(rank), cut(rank + 1) - cut(rank)}; }
  /// Rows of the smallest share.
  std::size_t smallest_share() const { return order_.size() / workers_; }
  /// Batches of one pass over a share. The number is the same for every worker, so that all take
  /// part in every round. No batch is larger than batch_size, with one exception: if batch_size is
  /// 1, the first batch of a share with one row more than others has two rows.
  std::size_t batches(std::size_t batch_size) const {
    const std::size_t at_once = batch_size * workers_;
    return std::min((order_.size() + at_once - 1) / at_once, smallest_share());
  }

 private:
  /// rows · rank / workers, without overflow.
  std::size_t cut(int rank) const {
    const auto r = static_cast<std::size_t>(rank);
    return order_.size() / workers_ * r + order_.size() % workers_ * r / workers_;
  }

  Permutation order_;
  std::size_t workers_;
};

}  // namespace tributary::inline v0_1
