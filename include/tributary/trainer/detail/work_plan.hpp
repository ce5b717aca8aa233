// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tributary/core/require.hpp>
#include <tributary/data/dataset.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/data/shares.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/update_rule.hpp>
#include <tributary/trainer/train_options.hpp>
#include <tributary/transport/ledger.hpp>
#include <vector>

namespace tributary::inline v0_1::detail {

inline bool is_partitioned(const TrainOptions& options) {
  return options.data_placement == DataPlacement::partitioned;
}

/// The properties of a rule that determine the division of the work.
struct RuleTraits {
  Schedule schedule;
  int period;
  bool ensemble;
};

/// The division of a run's work. The transport assigns it by a ledger, and workers get the batches
/// of their leases from shares of the rows. `data` must outlive the plan and its copies.
template <Dataset D>
struct WorkPlan {
  const D& data;
  TrainOptions options;
  RuleTraits rule;
  std::optional<std::uint32_t> start = {};  ///< The checksum of given initial parameters.

  /// Local steps of a cycle, for this number of steps of a share in an epoch.
  std::uint64_t cycle(std::uint64_t epoch) const {
    return rule.period == one_epoch ? epoch : static_cast<std::uint64_t>(rule.period);
  }
  /// Steps of a share in all epochs.
  std::uint64_t steps(std::uint64_t epoch) const {
    return epoch * static_cast<std::uint64_t>(options.epochs);
  }

  /// All work of workers that share the rows.
  Ledger ledger(int workers) const {
    const std::uint64_t epoch = shares(workers).steps_per_epoch();
    return {std::vector<std::uint64_t>(static_cast<std::size_t>(workers), steps(epoch)),
            cycle(epoch), rule.schedule != Schedule::synchronous && !rule.ensemble};
  }
  /// All work of workers with these numbers of rows of their own.
  Ledger ledger_of_parts(std::span<const std::uint64_t> rows) const {
    const auto batches = [&](std::uint64_t count) {
      const auto batch_size = static_cast<std::uint64_t>(options.batch_size);
      return (count + batch_size - 1) / batch_size;
    };
    const std::uint64_t most = batches(std::ranges::max(rows));
    std::vector<std::uint64_t> all;
    for (std::size_t rank = 0; rank < rows.size(); ++rank) {
      const std::uint64_t own = batches(rows[rank]);
      const std::uint64_t epoch = own > 0 && rule.schedule == Schedule::synchronous ? most : own;
      require(rows[rank] >= epoch, "rows of worker " + std::to_string(rank), rows[rank],
              "at least " + std::to_string(most) +
                  ", one for each step of an epoch of the largest part");
      all.push_back(steps(epoch));
    }
    return {all, cycle(most), false, true};
  }

  /// The rows of this process, for this number of workers in the run.
  Shares<D> shares(int workers) const {
    return {data, is_partitioned(options) ? 1 : workers, options.batch_size, options.seed};
  }
  /// A function that makes the batches of a lease.
  auto batches(const Shares<D>& shares) const {
    return [shares, own_rows = is_partitioned(options), rows = data.size(),
            epochs = static_cast<std::uint64_t>(options.epochs)](const Lease& lease) {
      if (!own_rows) return shares.batches(lease.share, lease.begin);
      const std::uint64_t per_epoch = lease.end / epochs;
      require(per_epoch <= rows, "steps of a lease in an epoch", per_epoch,
              "at most one for each row of this process");
      return shares.batches(0, lease.begin, std::max<std::uint64_t>(1, per_epoch));
    };
  }
};

}  // namespace tributary::inline v0_1::detail
