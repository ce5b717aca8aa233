#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "transport/tcp/counter.hpp"
#include "transport/tcp/processes.hpp"

#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

/// The number of runs; the environment may increase it, see tests/faults.sh.
int fault_runs() {
  const char* const runs = std::getenv("TRIBUTARY_FAULT_RUNS");
  return runs ? std::atoi(runs) : 6;
}

constexpr std::size_t rows = 1500;
constexpr int epochs = 2;

/// Memory that processes share with started ones, which may be killed.
template <class T>
class Shared {
 public:
  Shared() {
    void* const memory =
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error{"mmap"};
    value_ = new (memory) T{};
  }
  Shared(Shared&&) = delete;
  ~Shared() { ::munmap(value_, sizeof(T)); }
  T* get() const { return value_; }
  T* operator->() const { return value_; }

 private:
  T* value_;
};

/// Time from the restart of a hub until the merge of a commit.
struct Resumption {
  int count = 0;
  double most_seconds = 0;
};
struct FirstMerge {
  const Shared<Resumption>& resumption;
  Stopwatch since_start = {};
  bool merged = false;
  void on(const Span& span) {
    if (span.activity != Activity::merge || std::exchange(merged, true)) return;
    ++resumption->count;
    resumption->most_seconds = std::max(resumption->most_seconds, since_start.seconds());
  }
};

struct Place {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tributary_faults_" + std::to_string(::getpid()));
  Place() { std::filesystem::create_directory(folder); }
  Place(Place&&) = delete;
  ~Place() { std::filesystem::remove_all(folder); }
  Tcp hub(int workers) const {
    return {.role = Tcp::hub,
            .address = "unix:" + (folder / "hub").string(),
            .workers = workers,
            .rejoin_seconds = 0.5,
            .checkpoint_seconds = 0.1};
  }
  Tcp worker() const {
    return {.role = Tcp::worker, .address = hub(1).address, .reconnect_seconds = 15};
  }
};
/// The number of steps in the final center: its parameters are equal to it, or it throws.
double steps_in(const Vector<float>& center) {
  if ((center.array() != center[0]).any()) throw std::runtime_error{"a commit was torn"};
  return center[0];
}
auto trained_by(const Tcp& tcp, const auto& data, int epochs_of_run, auto&... observers) {
  return Trainer{Counter{.parameters = 20'000}, tcp, Downpour{.period = 3}, Sgd{.learning_rate = 1}}
      .train(data, {.epochs = epochs_of_run, .batch_size = 1, .seed = Seed{1}}, observers...);
}
double train(const Tcp& tcp, auto&... observers) {
  return steps_in(trained_by(tcp, Rows{rows}, epochs, observers...).parameters());
}
void pause(std::mt19937& random, int most_milliseconds) {
  std::this_thread::sleep_for(
      std::chrono::milliseconds{random() % static_cast<unsigned>(most_milliseconds)});
}

}  // namespace

TEST_CASE("workers may be killed at any moment: each step is in the center once") {
  const Place place;
  std::mt19937 random{1};
  for (int run = 0; run < fault_runs(); ++run) {
    CAPTURE(run);
    Process hub{[&] { return train(place.hub(3)); }};
    std::vector<Process> workers;
    for (int i = 0; i < 3; ++i) workers.emplace_back([&] { return train(place.worker()); });
    for (int kills = 0; kills < 3; ++kills) {
      pause(random, 150);
      Process& victim = workers[random() % workers.size()];
      victim.kill();
      victim = Process{[&] { return train(place.worker()); }};
    }
    CHECK(hub.result() == rows * epochs);
  }
}

TEST_CASE("the hub may be killed at any moment, and goes on when it is started again") {
  const Place place;
  const Shared<Resumption> resumption;
  const Shared<std::uint64_t> lost_commits;
  std::mt19937 random{2};
  for (int run = 0; run < fault_runs(); ++run) {
    CAPTURE(run);
    const int local = run % 2;  // it trains, too
    Tcp tcp = place.hub(2 + local);
    tcp.local_workers = local;
    tcp.rejoin_seconds = 5;
    tcp.checkpoint = place.folder / "checkpoint";
    const auto hub_again = [&] {
      return Process{[&] {
        FirstMerge first{resumption};
        const auto trained = trained_by(tcp, Rows{rows}, epochs, first);
        *lost_commits.get() = trained.report.lost_commits;
        return steps_in(trained.parameters());
      }};
    };
    Process hub{[&] { return train(tcp); }};
    std::vector<Process> workers;
    for (int i = 0; i < 2; ++i) workers.emplace_back([&] { return train(place.worker()); });
    for (int kills = 0; kills < 3; ++kills) {
      pause(random, 300);
      hub.kill();
      hub = hub_again();
    }
    CHECK(hub.result() == rows * epochs);
    CHECK((*lost_commits.get() == 0 || local == 1));  // only a hub's workers died
    for (Process& worker : workers) worker.wait();    // the only hub that knew of it may have died
    CHECK(hub_again().result() == rows * epochs);     // of a run that is over
    for (const char* file : {"checkpoint", "checkpoint.previous"})
      std::filesystem::remove(place.folder / file);
  }
  MESSAGE(resumption->count << " hubs that were started again went on after "
                            << resumption->most_seconds << " s at most");
}

namespace {
/// A point where two processes wait for each other.
struct Meeting {
  ::pthread_barrier_t barrier = {};
  Meeting() {
    ::pthread_barrierattr_t shared;
    ::pthread_barrierattr_init(&shared);
    ::pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    ::pthread_barrier_init(&barrier, &shared, 2);
  }
};
/// Both workers are known to the hub before one of them gets its first batch.
struct RowsOfTwo : Rows {
  mutable Meeting* meeting;
  RowsOfTwo(std::size_t count, Meeting* where) : Rows{count}, meeting{where} {}
  void gather(std::span<const std::size_t> some, std::size_t& count) const {
    if (Meeting* const once = std::exchange(meeting, nullptr))
      ::pthread_barrier_wait(&once->barrier);
    Rows::gather(some, count);
  }
};

/// In a hub: after its 20th commit worker 1 is killed, and 10 commits of worker 0 later the hub.
struct Disaster {
  const Shared<::pid_t>& worker_1;
  int of_worker_0 = 0, of_worker_1 = 0;
  void on(const Merged<float>& merged) {
    ++(merged.worker == 0 ? of_worker_0 : of_worker_1);
    if (of_worker_1 < 20) {
      of_worker_0 = 0;
    } else if (of_worker_0 == 0) {
      ::kill(*worker_1.get(), SIGKILL);
    } else if (of_worker_0 == 10) {
      ::raise(SIGKILL);
    }
  }
};
}  // namespace

TEST_CASE(
    "commits that are lost with a hub and a worker are counted, and their rows trained on again") {
  constexpr int long_run = 10;
  const Place place;
  Tcp tcp = place.hub(2);
  tcp.checkpoint = place.folder / "checkpoint";
  tcp.checkpoint_seconds = 1000;  // so only the initial state is in the file
  const Shared<Meeting> meeting;
  const auto work = [&](int rank) {
    Tcp worker = place.worker();
    worker.rank = rank;
    return steps_in(trained_by(worker, RowsOfTwo{rows, meeting.get()}, long_run).parameters());
  };
  const Shared<::pid_t> id;
  Process hub{[&] {
    Disaster disaster{id};
    return steps_in(trained_by(tcp, Rows{rows}, long_run, disaster).parameters());
  }};
  Process survivor{[&] { return work(0); }};
  Process victim{[&] {
    *id.get() = ::getpid();
    return work(1);
  }};
  CHECK_FALSE(victim.wait());
  CHECK_FALSE(hub.wait());
  const Shared<std::uint64_t> lost_commits;
  Process again{[&] {
    const auto trained = trained_by(tcp, Rows{rows}, long_run);
    *lost_commits.get() = trained.report.lost_commits;
    return steps_in(trained.parameters());
  }};
  CHECK(again.result() == rows * long_run);
  CHECK(survivor.result() == rows * long_run);
  CHECK(*lost_commits.get() == 20);
}
