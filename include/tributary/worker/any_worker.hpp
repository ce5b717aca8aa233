// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// A worker of any model, data, optimizer and rule. The transport calls start once, and then
/// advance, run_ahead and adopt again and again.
template <Real S>
class AnyWorker {
 public:
  using Scalar = S;

  virtual int rank() const noexcept = 0;
  /// Changes the rank, before the worker starts again.
  virtual void set_rank(int rank) noexcept = 0;
  /// Begins at the center's parameters; steps that are in no commit yet are forgotten. After a
  /// request of `stop` it takes no more steps; the steps since its last commit still go into a
  /// commit.
  virtual void start(ConstView<S> parameters, std::stop_token stop) = 0;
  /// Takes the local steps up to the next commit. Returns their number, or nothing when all work is
  /// done. The last cycle has no overlap, so that every step is in a commit. Throws
  /// TrainingDiverged.
  virtual std::optional<int> advance() = 0;
  /// The header of the commit, after advance().
  virtual const CommitHeader& header() const noexcept = 0;
  /// The commit. It does not change until adopt(), or ever if the run ends before.
  virtual const Vector<S>& commit() const noexcept = 0;
  /// Takes the local steps while the commit is in flight. Returns their number.
  virtual int run_ahead() = 0;
  /// Sets the number of workers at the merge of the commit.
  virtual void set_workers(int workers) = 0;
  /// Adopts the reply, which must not change until the next commit is made.
  virtual void adopt(const Vector<S>& reply) = 0;
  void adopt(Vector<S>&&) = delete;
  /// The rest of its work.
  virtual const Lease& lease() const noexcept = 0;
  /// Continues with another lease. The worker begins with the first lease of its own share.
  virtual void take(const Lease& lease) = 0;
  /// Appends its state between two of these calls, for restore(). `in_flight`: after advance() and
  /// before adopt(), so the commit belongs to it.
  virtual void save(std::vector<std::byte>& to, bool in_flight) const = 0;
  /// Reads the output of save() by a worker of the same rank and settings; then go_on(). After an
  /// error do not use this one.
  virtual Status restore(std::span<const std::byte>& from, bool in_flight) = 0;
  /// False before the first start(), also for a worker that was saved before it.
  virtual bool has_begun() const noexcept = 0;
  /// In place of start(), after restore() of a worker that has begun.
  virtual void go_on(std::stop_token stop) = 0;
  /// The name of a part whose state save() does not know; empty if it saves everything.
  virtual std::string unsaved() const = 0;
  /// The lease ends at `end`, but not before the steps already taken; others do the rest.
  virtual void end_at(std::uint64_t end) noexcept = 0;

 protected:
  AnyWorker() = default;
  AnyWorker(const AnyWorker&) = default;
  AnyWorker& operator=(const AnyWorker&) = default;
  ~AnyWorker() = default;
};

}  // namespace tributary::inline v0_1
