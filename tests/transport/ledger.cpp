#include <tributary/transport/ledger.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <span>
#include <tributary/core/random.hpp>
#include <vector>

using namespace tributary;

namespace {

using Steps = std::vector<std::uint64_t>;

/// A model of a worker: its steps are in a commit in flight, or in its next one, and it gets its
/// next work only with a reply.
struct Walker {
  enum class Phase { gone, ready, posted, merged, answered, idle };
  Phase phase = Phase::gone;
  Lease lease = {};                ///< Begins at its next step.
  std::uint64_t since_commit = 0;  ///< Steps that are in no commit yet.
  std::uint64_t commit = 0;        ///< Steps in the commit in flight.
  bool next = false;               ///< The reply brings another lease.
  Lease granted = {};
  // For a ledger that returns to its saved state:
  bool known = false;                    ///< It was present then, and since.
  std::deque<std::uint64_t> kept = {};   ///< Commits that were merged since,
  std::deque<std::uint64_t> again = {};  ///< and those that must be merged again.
};

/// Workers that join, work, are disconnected and leave in a random order.
class Play {
 public:
  explicit Play(std::uint64_t seed)
      : rng_{seed},
        period_{1 + below(6)},
        overlap_{below(period_ + 1)},
        moves_work_{below(2) == 0},
        ledger_{draw_steps(), period_, moves_work_},
        walkers_(steps_.size()) {
    for (const std::uint64_t steps : steps_) merged_.emplace_back(steps, 0);
    save();
  }

  /// Whether each step of each share was merged once, within a number of moves.
  bool ends() {
    const std::uint64_t calm = 2000;  // after this number of moves no worker is lost any more
    for (std::uint64_t moves = 0; !ledger_.finished(); ++moves) {
      if (moves == 200'000) return false;
      const int rank = static_cast<int>(below(steps_.size()));
      if (moves < calm && below(60) == 0)
        lose(rank);
      else if (moves < calm && below(400) == 0)
        save();
      else if (moves < calm && below(100) == 0)
        fall_back();
      else
        move(rank);
      if (!consistent()) return false;
    }
    return std::ranges::all_of(merged_, [](const auto& share) {
      return std::ranges::all_of(share, [](int times) { return times == 1; });
    });
  }

 private:
  std::uint64_t below(std::uint64_t end) { return rng_() % end; }
  const Steps& draw_steps() {
    steps_.resize(1 + below(5));
    for (std::uint64_t& steps : steps_) steps = below(3) == 0 ? below(4) : below(400);
    return steps_;
  }
  Walker& walker(int rank) { return walkers_[static_cast<std::size_t>(rank)]; }

  void move(int rank) {
    Walker& w = walker(rank);
    if (!w.again.empty()) {
      merge(rank, w.again.front());
      w.again.pop_front();
      return;
    }
    switch (w.phase) {
      case Walker::Phase::gone:
        if (below(10) != 0) return;
        ledger_.begin(rank);
        w = {.phase = Walker::Phase::ready, .lease = ledger_.lease(rank)};
        return;
      case Walker::Phase::ready:
        return advance(w);
      case Walker::Phase::posted:
        merge(rank, w.commit);
        w.phase = Walker::Phase::merged;
        return;
      case Walker::Phase::merged:
      case Walker::Phase::idle:
        w.next = ledger_.spent(rank);
        if (w.next && !ledger_.next(rank)) {
          w.phase = Walker::Phase::idle;
          return;
        }
        w.granted = ledger_.lease(rank);
        w.phase = Walker::Phase::answered;
        if (w.next) save();  // its promised work stays
        return;
      case Walker::Phase::answered:
        if (w.next) {
          REQUIRE(w.since_commit == 0);
          REQUIRE(w.lease.begin == w.lease.end);
          w.lease = w.granted;
        } else {
          REQUIRE(w.granted.end >= w.lease.begin);  // it has not done steps that others will do
          w.lease.end = w.granted.end;
        }
        w.phase = Walker::Phase::ready;
        return;
    }
  }
  void merge(int rank, std::uint64_t steps) {
    const Lease& lease = ledger_.lease(rank);
    REQUIRE(steps <= lease.end - lease.begin);
    auto& times = merged_[static_cast<std::size_t>(lease.share)];
    for (std::uint64_t i = 0; i < steps; ++i) ++times[lease.begin + i];
    ledger_.merged(rank, steps);
    walker(rank).kept.push_back(steps);
  }
  /// As in Worker::advance() and run_ahead().
  void advance(Walker& w) {
    const std::uint64_t left = w.lease.end - w.lease.begin;
    const std::uint64_t cycle = std::min(period_, left);
    const std::uint64_t ahead = cycle < left ? std::min(overlap_, cycle) : 0;
    w.commit = w.since_commit + cycle - ahead;
    w.lease.begin += cycle;
    if (w.commit == 0 && left == 0) {
      w.phase = Walker::Phase::idle;
      return;
    }
    w.since_commit = ahead;
    w.phase = Walker::Phase::posted;
  }
  void lose(int rank) {
    if (walker(rank).phase == Walker::Phase::gone) return;
    ledger_.lose(rank);
    walker(rank) = {};
  }
  void save() {
    bytes_.clear();
    ledger_.save(bytes_);
    saved_ = merged_;
    for (Walker& w : walkers_) {
      w.known = w.phase != Walker::Phase::gone;
      w.kept.clear();
    }
  }
  /// The hub dies and returns. Workers of the saved state send their later commits again.
  void fall_back() {
    ledger_ = Ledger{steps_, period_, moves_work_};
    std::span<const std::byte> from = bytes_;
    REQUIRE(ledger_.restore(from));
    REQUIRE(from.empty());
    std::vector<std::byte> again;
    ledger_.save(again);
    REQUIRE(again == bytes_);
    merged_ = saved_;
    for (int rank = 0; rank < std::ssize(walkers_); ++rank) {
      Walker& w = walker(rank);
      if (w.known) {
        w.again.insert(w.again.begin(), w.kept.begin(), w.kept.end());
        w.kept.clear();
      } else {
        ledger_.lose(rank);
        w = {};
      }
    }
  }
  bool consistent() const {
    std::uint64_t left = 0;
    for (const auto& share : merged_) {
      for (const int times : share) {
        if (times > 1) return false;
        if (times == 0) ++left;
      }
    }
    return left == ledger_.left();
  }

  Rng rng_;
  Steps steps_;
  std::uint64_t period_, overlap_;
  bool moves_work_;
  Ledger ledger_;
  std::vector<Walker> walkers_;
  std::vector<std::vector<int>> merged_;  ///< Merges of each step of each share.
  std::vector<std::byte> bytes_;          ///< The saved ledger, and
  std::vector<std::vector<int>> saved_;   ///< the merged steps at that time.
};

/// Merges all of a worker's lease.
void finish(Ledger& ledger, int worker) {
  const Lease lease = ledger.lease(worker);
  ledger.merged(worker, lease.end - lease.begin);
}

std::vector<std::byte> saved(const Ledger& ledger) {
  std::vector<std::byte> bytes;
  ledger.save(bytes);
  return bytes;
}

Status restored(Ledger ledger, std::span<const std::byte> from) { return ledger.restore(from); }

}  // namespace

TEST_CASE("every step of every share is merged once, also if workers join, leave or are slow") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    REQUIRE(Play{seed}.ends());
  }
}

TEST_CASE("a worker that joins gets its own share, or the rest of it") {
  Ledger ledger{{30, 40, 0}, 4, true};
  ledger.begin(1);
  CHECK(ledger.lease(1) == Lease{1, 0, 40});
  ledger.merged(1, 8);
  ledger.begin(1);  // it returns, and its loss was not noticed
  CHECK(ledger.lease(1) == Lease{1, 8, 40});
  CHECK(ledger.left() == 62);
  ledger.begin(0);
  CHECK(ledger.lease(0) == Lease{0, 0, 30});
  ledger.lose(0);
  ledger.begin(2);  // has no share
  CHECK(ledger.lease(2) == Lease{0, 0, 4});
  finish(ledger, 2);
  ledger.begin(0);
  CHECK(ledger.lease(0) == Lease{0, 4, 30});
}

TEST_CASE("a worker without a lease makes no commit, even of 0 steps") {
  Ledger ledger{{4, 0}, 2, false};
  CHECK_FALSE(ledger.admits(0, 0));  // it has not come
  ledger.begin(0);
  CHECK(ledger.admits(0, 0));
  CHECK(ledger.admits(0, 4));
  CHECK_FALSE(ledger.admits(0, 5));
  ledger.merged(0, 4);
  CHECK_FALSE(ledger.admits(0, 0));
}

TEST_CASE("the work of a lost worker goes to others in pieces that get smaller") {
  Ledger ledger{{400, 3, 3}, 5, false};
  for (const int worker : {0, 1, 2}) ledger.begin(worker);
  ledger.merged(0, 7);
  ledger.lose(0);
  for (const int worker : {1, 2}) finish(ledger, worker);
  std::vector<std::uint64_t> sizes;
  std::uint64_t at = 7;
  for (int worker = 1; const auto piece = ledger.next(worker); worker = 3 - worker) {
    CHECK(piece->share == 0);
    CHECK(piece->begin == at);
    at = piece->end;
    sizes.push_back(piece->end - piece->begin);
    finish(ledger, worker);
  }
  CHECK(at == 400);
  CHECK(ledger.finished());
  CHECK(std::ranges::is_sorted(sizes, std::greater{}));
  CHECK(sizes.front() == 95);  // a half for two workers, in whole cycles
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) CHECK(sizes[i] % 5 == 0);
  CHECK(sizes.back() == 3);
}

TEST_CASE("a worker without work takes half of the slowest worker's remaining work") {
  Ledger ledger{{100, 4, 60}, 4, true};
  for (const int worker : {0, 1, 2}) ledger.begin(worker);
  finish(ledger, 1);
  CHECK(ledger.next(1) == Lease{0, 52, 100});  // 8 possible steps, and half of the rest
  CHECK(ledger.lease(0) == Lease{0, 0, 52});
  finish(ledger, 1);
  CHECK(ledger.next(1) == Lease{2, 32, 60});
}

TEST_CASE("steps that the slowest worker may have begun are not taken from it") {
  for (std::uint64_t steps = 1; steps < 40; ++steps) {
    CAPTURE(steps);
    Ledger ledger{{steps, 0}, 4, true};
    for (const int worker : {0, 1}) ledger.begin(worker);
    CHECK(ledger.lease(0).end >= std::min(steps, std::uint64_t{12}));
    CHECK(ledger.spent(1) == (steps < 16));
  }
}

TEST_CASE("no work is taken from present workers if work does not move") {
  Ledger ledger{{1000, 4}, 4, false};
  for (const int worker : {0, 1}) ledger.begin(worker);
  finish(ledger, 1);
  CHECK_FALSE(ledger.next(1));
  CHECK(ledger.spent(1));
  CHECK(ledger.lease(0) == Lease{0, 0, 1000});
  ledger.lose(0);
  CHECK(ledger.next(1) == Lease{0, 0, 500});
}

TEST_CASE("nothing is taken from a worker that may have done more than a restored ledger knows") {
  Ledger ledger{{1000, 4}, 4, true};
  for (const int worker : {0, 1}) ledger.begin(worker);
  const auto bytes = saved(ledger);
  std::span<const std::byte> from = bytes;
  REQUIRE(ledger.restore(from));
  finish(ledger, 1);
  CHECK_FALSE(ledger.next(1));
  ledger.begin(0);  // it joins as a new one, and has done the known steps
  CHECK(ledger.next(1) == Lease{0, 504, 1000});
}

TEST_CASE("a ledger is not restored from truncated bytes") {
  Ledger ledger{{100, 50, 20}, 4, true};
  ledger.begin(0);
  ledger.merged(0, 8);
  ledger.begin(1);
  ledger.lose(0);
  const auto bytes = saved(ledger);
  const Ledger blank{{100, 50, 20}, 4, true};
  CHECK(restored(blank, bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    const auto status = restored(blank, std::span{bytes}.first(size));
    REQUIRE_FALSE(status);
    CHECK(status.error() == Errc::size_mismatch);
  }
}

TEST_CASE("a ledger with impossible leases is not restored") {
  const Ledger blank{{100, 50}, 4, true};
  const auto restore = [&](std::uint64_t left, const std::vector<Lease>& rest, Lease held) {
    std::vector<std::byte> bytes;
    save_state(bytes, left, std::uint64_t{rest.size()});
    for (const Lease& lease : rest) save_state(bytes, lease.share, lease.begin, lease.end);
    save_state(bytes, held.share, held.begin, held.end, true);
    save_state(bytes, int{0}, std::uint64_t{0}, std::uint64_t{0}, false);
    return restored(blank, bytes);
  };
  const auto impossible = [&](std::uint64_t left, const std::vector<Lease>& rest, Lease held) {
    const auto status = restore(left, rest, held);
    return !status && status.error() == Errc::out_of_range;
  };
  CHECK(restore(140, {{1, 0, 50}}, {0, 10, 100}));
  CHECK(impossible(141, {{1, 0, 50}}, {0, 10, 100}));  // steps that no worker has
  CHECK(impossible(139, {{1, 0, 50}}, {0, 10, 100}));  // or more than there are
  CHECK(impossible(140, {{2, 0, 50}}, {0, 10, 100}));  // no such share
  CHECK(impossible(140, {{-1, 0, 50}}, {0, 10, 100}));
  CHECK(impossible(140, {{1, 1, 51}}, {0, 10, 100}));            // past its end
  CHECK(impossible(140, {{1, 0, 50}}, {0, 100, 10}));            // backwards
  CHECK(impossible(0, {{1, 0, ~std::uint64_t{0}}}, {0, 0, 1}));  // a sum that is 0 again
  std::vector<std::byte> bytes;
  save_state(bytes, std::uint64_t{150}, ~std::uint64_t{0});  // as many leases
  CHECK(restored(blank, bytes).error() == Errc::size_mismatch);
}
