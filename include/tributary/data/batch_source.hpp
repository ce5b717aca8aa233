// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tributary/core/random.hpp>
#include <tributary/data/dataset.hpp>
#include <tributary/data/permutation.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// An endless supply of batches for one worker. train() takes a Dataset, of which ShuffledBatches
/// makes batches: as rows have indices, each is used once an epoch, and another worker can take
/// over the rows of a lost one. A stream has no indices. Read a part of it into a Dataset, train,
/// and continue with the next part from the resulting parameters (your model may start from them).
template <class B>
concept BatchSource = requires(B source, const B drawn) {
  typename B::Batch;
  { source.next() } -> std::same_as<const typename B::Batch&>;  // valid until the next call
  { drawn.events() } -> std::convertible_to<std::size_t>;       // in the last batch
};

/// Passes over some rows of a dataset, each in a new order. A pass has every row once, in `batches`
/// batches whose sizes differ by at most one: there is no small last batch, and no row is dropped.
/// The order follows from the seed and the pass and is not stored.
///
/// `Rows` has size() and [i], the index of a row: a vector, or the ShareRows of a worker.
template <Dataset D, class Rows = std::vector<std::size_t>>
class ShuffledBatches {
 public:
  using Batch = typename D::Batch;

  /// 1 <= batches <= rows.size(). `data` must outlive this.
  ShuffledBatches(const D& data, Rows rows, std::size_t batches, Seed seed)
      : data_{&data}, rows_{std::move(rows)}, batches_{batches}, seed_{seed}, order_{order_of(0)} {}

  const Batch& next() {
    const std::uint64_t pass = next_ / batches_;
    if (pass != pass_) order_ = order_of(pass);
    pass_ = pass;
    const std::size_t batch = next_++ % batches_;
    const std::size_t begin = cut(batch);
    chosen_.resize(cut(batch + 1) - begin);
    for (std::size_t i = 0; i < chosen_.size(); ++i) chosen_[i] = rows_[order_[begin + i]];
    data_->gather(std::span<const std::size_t>{chosen_}, batch_);
    return batch_;
  }
  std::size_t events() const noexcept { return chosen_.size(); }
  /// Skips this number of batches.
  void skip(std::uint64_t batches) noexcept { next_ += batches; }

 private:
  /// The first row of a batch. Larger batches come first, so the size changes once a pass.
  std::size_t cut(std::size_t batch) const {
    return rows_.size() / batches_ * batch + std::min(batch, rows_.size() % batches_);
  }
  Permutation order_of(std::uint64_t pass) const {
    return {rows_.size(), Seed{Seed::mix(seed_.value + pass)}};
  }

  const D* data_;
  Rows rows_;
  std::size_t batches_;  ///< Number of batches in a pass.
  Seed seed_;
  /// Next batch, counted over all passes; pass of the last one.
  std::uint64_t next_ = 0, pass_ = 0;
  Permutation order_;                ///< Order of that pass.
  std::vector<std::size_t> chosen_;  ///< Rows of the last batch.
  Batch batch_;
};

}  // namespace tributary::inline v0_1
