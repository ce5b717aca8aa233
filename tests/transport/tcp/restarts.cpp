// Hubs that begin with a copy of the checkpoint of one that was as they are, and workers that come
// back to them. All that a worker says is the test's.

#include "transport/tcp/counter.hpp"
#include "transport/tcp/guest.hpp"
#include "transport/tcp/peers.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/trainer/trainer.hpp>
#include <utility>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr Index numbers = 4;
constexpr int period = 3;

Train bounded(std::size_t steps, int bound) {
  return [=](const KnownTcp& tcp, Log& log) -> Outcome {
    const TrainOptions options{.epochs = 1, .batch_size = 1, .seed = Seed{1}};
    const auto trained = Trainer{
        Counter{.parameters = numbers}, tcp, Ssp{.period = period, .bound = bound},
        Sgd{.learning_rate =
                1}}.train(Rows{steps}, options, log);
    return {trained.parameters(), trained.report};
  };
}

/// Commits the progress of a period: 1 for each step.
void advance(Guest& guest, std::uint64_t sequence = 0) { guest.commit(period, period, sequence); }

/// A run whose hub is followed by another one, which has a copy of its checkpoint.
struct Run {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tributary_restarts_" + std::to_string(::getpid()));
  int workers;
  Train train;

  Run(int of_workers, Train of_run) : workers{of_workers}, train{std::move(of_run)} {
    std::filesystem::create_directory(folder);
  }
  Run(Run&&) = delete;
  ~Run() { std::filesystem::remove_all(folder); }

  Running start(const std::string& file, double rejoin_seconds) const {
    return {{.role = Tcp::hub,
             .address = "127.0.0.1:0",
             .workers = workers,
             .join_seconds = 1000,
             .rejoin_seconds = rejoin_seconds,
             .checkpoint = folder / file,
             .checkpoint_seconds = 1000,
             .kept_bytes = 1},
            train};
  }
  /// The first one ends by a failure of a worker.
  Running restart(Running& first, Guest& failing, Guest& other) const {
    std::filesystem::copy_file(folder / "first", folder / "second");
    end(first, failing, other);
    return start("second", 1000);
  }
  static void end(Running& hub, Guest& failing, Guest& other) {
    failing.fail();
    CHECK(other.is_seen_off());
    CHECK_THROWS_AS(hub.result(), TcpError);
  }
};

}  // namespace

TEST_CASE("a hub that was restarted keeps a fast worker within the bound") {
  for (const bool again : {false, true}) {
    CAPTURE(again);
    const Run run{2, bounded(120, 2)};
    Running first = run.start("first", 1000);
    Guest fast{first, 0, numbers}, slow{first, 1, numbers};
    advance(fast);
    CHECK(fast.reply() == 3);
    advance(fast);
    CHECK(fast.reply() == 6);
    CHECK(fast.granted().durable == 2);
    if (again) {
      advance(fast);  // is in the center, and waits for its reply
      REQUIRE(holds_soon([&] { return first.log().commits(0) == 3; }));
      slow.say(FrameType::pull);  // after which the hub writes a checkpoint
      slow.hear(FrameType::grant);
    }
    Running hub = run.restart(first, slow, fast);
    slow.come_back(hub);
    fast.come_back(hub);
    CHECK(fast.terms().last_applied == (again ? 3 : 2));
    advance(fast, 3);
    if (!again) REQUIRE(holds_soon([&] { return hub.log().commits(0) == 1; }));
    advance(slow);
    CHECK(fast.reply() == 12);  // it was 3 commits ahead before the slow one's
    Run::end(hub, fast, slow);
  }
}

TEST_CASE("after a restart nobody waits for a worker without work, or at the end for a lost one") {
  const Run run{3, bounded(18, 0)};  // two commits each, in rounds
  Running first = run.start("first", 0);
  std::vector<std::unique_ptr<Guest>> guests;
  for (int rank = 0; rank < 3; ++rank)
    guests.push_back(std::make_unique<Guest>(first, rank, numbers));
  for (auto& guest : guests) advance(*guest);
  for (auto& guest : guests) CHECK(guest->reply() == 9);
  guests.pop_back();  // its second commit is another worker's work
  REQUIRE(holds_soon([&] { return first.log().told("worker 2 is lost") == 1; }));
  for (auto& guest : guests) advance(*guest);
  for (auto& guest : guests) CHECK(guest->reply() == 15);
  using Next = detail::Grant::Next;
  const bool first_has_it = guests[0]->granted().next == Next::begin;
  Guest &busy = *guests[first_has_it ? 0 : 1], &idle = *guests[first_has_it ? 1 : 0];
  if (busy.granted().next == Next::wait) busy.hear(FrameType::grant);
  REQUIRE(busy.granted().next == Next::begin);

  Running hub = run.restart(first, idle, busy);
  idle.come_back(hub);
  idle.say(FrameType::grant);
  busy.come_back(hub);
  advance(busy);
  for (Guest* const guest : {&busy, &idle}) CHECK(guest->is_seen_off());
  const Outcome outcome = hub.result();
  CHECK((outcome.parameters.array() == 18.0f).all());
  CHECK(outcome.report.lost == 1);
}
