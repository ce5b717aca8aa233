// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>

namespace tributary::inline v0_1 {

/// A worker of any model, data, optimizer and rule: a machine with a few moves. The transport
/// decides when it makes them: start, then advance, run_ahead, adopt, over and over.
template <Real S>
class AnyWorker {
 public:
  using Scalar = S;

  virtual int rank() const noexcept = 0;
  /// Another one, before it begins anew.
  virtual void set_rank(int rank) noexcept = 0;
  /// Begins at the center's parameters, without steps that are in no commit yet. Once `stop` is
  /// requested it takes no more steps; what it has done since its last commit still goes into one.
  virtual void start(ConstView<S> parameters, std::stop_token stop) = 0;
  /// Local steps up to the next commit, and their number; nothing once its work is done.
  /// The last cycle has no overlap, so that every step gets into a commit.
  /// Throws TrainingDiverged.
  virtual std::optional<int> advance() = 0;
  /// After advance().
  virtual const CommitHeader& header() const noexcept = 0;
  /// Stays as it is until adopt() or, when the run ends before, for good.
  virtual const Vector<S>& commit() const noexcept = 0;
  /// Local steps while the commit is in flight, and their number.
  virtual int run_ahead() = 0;
  /// How many workers there were when the commit was merged.
  virtual void set_workers(int workers) = 0;
  /// The reply stays as it is until the next commit is there.
  virtual void adopt(const Vector<S>& reply) = 0;
  void adopt(Vector<S>&&) = delete;
  /// What it has not yet done of its work.
  virtual const Lease& lease() const noexcept = 0;
  /// Goes on with another piece of work. Begins with the first of its own share.
  virtual void take(const Lease& lease) = 0;
  /// Others do the rest of it. No sooner than what was done.
  virtual void end_at(std::uint64_t end) noexcept = 0;

 protected:
  AnyWorker() = default;
  AnyWorker(const AnyWorker&) = default;
  AnyWorker& operator=(const AnyWorker&) = default;
  ~AnyWorker() = default;
};

}  // namespace tributary::inline v0_1
