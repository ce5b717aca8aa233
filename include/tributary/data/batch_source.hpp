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

/// An endless supply of batches for one worker. ShuffledBatches makes it of a Dataset, which is what
/// train() takes: rows have numbers, so that another worker can take over those of a lost one, and
/// that each is trained on once an epoch. A stream has none; read a part of it into a Dataset, train,
/// and go on with the next part from these parameters (a model of yours may begin at them).
template <class B>
concept BatchSource = requires(B source, const B drawn) {
  typename B::Batch;
  { source.next() } -> std::same_as<const typename B::Batch&>;  // valid until the next call
  { drawn.events() } -> std::convertible_to<std::size_t>;       // in the batch drawn last
};

/// Passes over some rows of a dataset, each in another order: every row once in a pass, in
/// `batches` batches whose sizes differ by one at most: no batch is a small remainder, and no row is
/// dropped. The order follows from the seed and the pass; none is stored.
///
/// `Rows` has size() and [i], the number of a row: a vector, or the ShareRows of a worker.
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
  /// As if so many batches had been drawn.
  void skip(std::uint64_t batches) noexcept { next_ += batches; }

 private:
  /// Where a batch begins: the larger ones come first, so that their sizes change once in a pass.
  std::size_t cut(std::size_t batch) const {
    return rows_.size() / batches_ * batch + std::min(batch, rows_.size() % batches_);
  }
  Permutation order_of(std::uint64_t pass) const {
    return {rows_.size(), Seed{Seed::mix(seed_.value + pass)}};
  }

  const D* data_;
  Rows rows_;
  std::size_t batches_;  ///< In a pass.
  Seed seed_;
  std::uint64_t next_ = 0, pass_ = 0;  ///< The next batch, of all passes; the pass of the last one.
  Permutation order_;                  ///< Of that pass.
  std::vector<std::size_t> chosen_;    ///< The rows of the last batch.
  Batch batch_;
};

}  // namespace tributary::inline v0_1
