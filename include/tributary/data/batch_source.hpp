#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tributary/core/random.hpp>
#include <tributary/data/dataset.hpp>
#include <utility>
#include <vector>

namespace tributary {

/// An endless supply of batches for one worker. ShuffledBatches makes it of a Dataset, which is what
/// train() takes: rows have numbers, so that another worker can take over those of a lost one, and
/// that each is trained on once an epoch. A stream has none; read a part of it into a Dataset, train,
/// and go on with the next part from these parameters (a model of yours may initialise to them).
template <class B>
concept BatchSource = requires(B source, const B drawn) {
  typename B::Batch;
  { source.next() } -> std::same_as<const typename B::Batch&>;  // valid until the next call
  { drawn.events() } -> std::convertible_to<std::size_t>;       // in the batch drawn last
};

/// Passes over one share of a dataset, reshuffled before each: every row once in a pass, in
/// `batches` batches whose sizes differ by one at most: no batch is a small remainder, and no row is
/// dropped.
template <Dataset D>
class ShuffledBatches {
 public:
  using Batch = typename D::Batch;

  /// 1 <= batches <= rows.size(). `data` must outlive this.
  ShuffledBatches(const D& data, std::vector<std::size_t> rows, std::size_t batches, Seed seed)
      : data_{&data}, rows_{std::move(rows)}, batches_{batches}, rng_{seed.rng()} {}

  const Batch& next() {
    if (batch_index_ == 0) shuffle(std::span{rows_}, rng_);
    const std::size_t begin = cut(batch_index_);
    batch_index_ = (batch_index_ + 1) % batches_;
    events_ = (batch_index_ == 0 ? rows_.size() : cut(batch_index_)) - begin;
    data_->gather(std::span{rows_}.subspan(begin, events_), batch_);
    return batch_;
  }
  std::size_t events() const noexcept { return events_; }
  /// As if so many batches had been drawn, all of them before the first that is.
  void skip(std::uint64_t batches) {
    assert(batch_index_ == 0);
    for (; batches >= batches_; batches -= batches_) shuffle(std::span{rows_}, rng_);
    if (batches > 0) shuffle(std::span{rows_}, rng_);
    batch_index_ = batches;
  }

 private:
  /// Where a batch begins: the larger ones come first, so that their sizes change once in a pass.
  std::size_t cut(std::size_t batch) const {
    return rows_.size() / batches_ * batch + std::min(batch, rows_.size() % batches_);
  }

  const D* data_;
  std::vector<std::size_t> rows_;
  std::size_t batches_;  ///< In a pass.
  Rng rng_;
  std::size_t batch_index_ = 0;  ///< Of the next batch in its pass.
  std::size_t events_ = 0;
  Batch batch_;
};

}  // namespace tributary
