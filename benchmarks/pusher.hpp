#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

/// A worker that commits the same update over and over.
class Pusher final : public tributary::AnyWorker<float> {
 public:
  Pusher(int rank, tributary::Vector<float> commit, int exchanges)
      : rank_{rank}, left_{exchanges}, commit_{std::move(commit)} {}
  Pusher(int rank, tributary::Index size, int exchanges)
      : Pusher{rank, tributary::Vector<float>::Constant(size, 1e-9f), exchanges} {}
  int rank() const noexcept override { return rank_; }
  void set_rank(int rank) noexcept override { rank_ = rank; }
  void start(tributary::ConstView<float>, std::stop_token) override {}
  std::optional<int> advance() override { return left_-- > 0 ? std::optional{1} : std::nullopt; }
  const tributary::CommitHeader& header() const noexcept override { return header_; }
  const tributary::Vector<float>& commit() const noexcept override { return commit_; }
  const tributary::Lease& lease() const noexcept override { return lease_; }
  int run_ahead() override { return 0; }
  void set_workers(int) override {}
  void adopt(const tributary::Vector<float>&) override {}
  void take(const tributary::Lease&) override {}
  void end_at(std::uint64_t) noexcept override {}
  // It takes part in no run with checkpoints.
  void save(std::vector<std::byte>&, bool) const override {}
  tributary::Status restore(std::span<const std::byte>&, bool) override {
    return tributary::Done{};
  }
  bool has_begun() const noexcept override { return true; }
  void go_on(std::stop_token) override {}
  std::string unsaved() const override { return "a Pusher"; }

 private:
  int rank_, left_;
  tributary::Lease lease_ = {};
  tributary::CommitHeader header_{.steps = 1, .events = 1};
  tributary::Vector<float> commit_;
};

/// When commits went in: between the first and the last, all is under way.
struct Pace {
  double first = 0, last = 0;
  int merges = 0;

  void on(const tributary::Span& span) {
    if (span.activity != tributary::Activity::merge) return;
    if (merges++ == 0) first = span.end_seconds;
    last = span.end_seconds;
  }
  double rate() const { return (merges - 1) / (last - first); }
};
