#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tributary/center/any_center.hpp>
#include <tributary/worker/any_worker.hpp>
#include <vector>

// The minimal worker and center that a transport needs: there is no model, no rule, no optimizer
// and no data.

namespace tributary::test {

/// Commits a 1 for each step; a cycle has one step.
template <Real S>
class MinimalWorker final : public AnyWorker<S> {
 public:
  MinimalWorker(int rank, std::uint64_t steps) : rank_{rank}, lease_{rank, 0, steps} {}

  int rank() const noexcept override { return rank_; }
  void set_rank(int rank) noexcept override { rank_ = rank; }
  void start(ConstView<S>, std::stop_token stop) override { stop_ = stop; }
  std::optional<int> advance() override {
    if (stop_.stop_requested() || lease_.begin == lease_.end) return std::nullopt;
    ++lease_.begin;
    header_ = {.worker = rank_, .steps = 1, .events = 2};
    return 1;
  }
  const CommitHeader& header() const noexcept override { return header_; }
  const Vector<S>& commit() const noexcept override { return commit_; }
  int run_ahead() override { return 0; }
  void set_workers(int) override {}
  using AnyWorker<S>::adopt;
  void adopt(const Vector<S>&) override {}
  void save(std::vector<std::byte>& to, bool) const override { save_state(to, lease_.begin); }
  Status restore(std::span<const std::byte>& from, bool) override {
    return restore_state(from, lease_.begin);
  }
  bool has_begun() const noexcept override { return true; }
  void go_on(std::stop_token stop) override { stop_ = stop; }
  std::string unsaved() const override { return {}; }
  const Lease& lease() const noexcept override { return lease_; }
  void take(const Lease& lease) override { lease_ = lease; }
  void end_at(std::uint64_t end) noexcept override { lease_.end = std::max(lease_.begin, end); }

 private:
  int rank_;
  Lease lease_;
  CommitHeader header_ = {};
  Vector<S> commit_ = Vector<S>::Ones(1);
  std::stop_token stop_;
};

/// Adds up what is committed.
template <Real S>
class MinimalCenter final : public AnyCenter<S> {
 public:
  MinimalCenter(Schedule schedule, int workers)
      : AnyCenter<S>{{.schedule = schedule, .bound = 1}, Vector<S>::Zero(1), workers} {}
  void save_observers(std::vector<std::byte>&) const override {}
  Result<std::string> restore_observers(std::span<const std::byte>) override {
    return std::string{};
  }

 private:
  void merge_half(Index, View<S> center, ConstView<S> commit, const MergeInfo&,
                  View<S> reply) override {
    center += commit;
    reply = center;
  }
  void read_halves(int) override {}
  void save_halves(std::vector<std::byte>&) const override {}
  Status restore_halves(std::span<const std::byte>&) override { return Done{}; }
  std::span<const Vector<S>> members() const override { return {}; }
  Flow notify(const Span&) override { return Flow::proceed; }
  Flow notify(const Notice&) override { return Flow::proceed; }
  Flow notify(const Merged<S>&) override { return Flow::proceed; }
};

/// Runs a center with so many workers, each of which takes so many steps.
template <Real S, class C>
void run_minimal(const C& carrier, AnyCenter<S>& center, int workers, std::uint64_t steps) {
  std::vector<MinimalWorker<S>> all;
  std::vector<AnyWorker<S>*> local;
  all.reserve(static_cast<std::size_t>(workers));
  for (int rank = 0; rank < workers; ++rank) local.push_back(&all.emplace_back(rank, steps));
  static_cast<void>(carrier.run(center, std::span<AnyWorker<S>* const>{local}, {}));
}

}  // namespace tributary::test
