#include "transport/tcp/counter.hpp"
#include "transport/tcp/processes.hpp"

#include <doctest/doctest.h>

#include <sys/mman.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <new>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/tcp.hpp>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr std::size_t rows = 600;

struct Place {
  std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                 ("tributary_checkpoints_" + std::to_string(::getpid()));
  std::filesystem::path checkpoint = folder / "checkpoint";
  Place() { std::filesystem::create_directory(folder); }
  Place(Place&&) = delete;
  ~Place() { std::filesystem::remove_all(folder); }

  Tcp hub(int workers, int local_workers = 0) const {
    return {.address = "unix:" + (folder / "hub").string(),
            .workers = workers,
            .local_workers = local_workers,
            .checkpoint = checkpoint,
            .checkpoint_seconds = 0.01};
  }
  Tcp worker(int rank) const {
    return {.role = Tcp::worker, .address = hub(1).address, .rank = rank, .reconnect_seconds = 30};
  }
  /// The path of the next checkpoint.
  std::filesystem::path next() const { return folder / "checkpoint.next"; }
};

template <class R = Downpour>
auto trained_by(const Tcp& tcp, const TrainOptions& options, auto&... observers) {
  return Trainer{Counter{}, tcp, R{.period = 3}, Sgd{.learning_rate = 1}}.train(Rows{rows}, options,
                                                                                observers...);
}
TrainOptions epochs(int count, std::stop_token stop = {}) {
  return {.epochs = count, .batch_size = 1, .seed = Seed{1}, .stop = std::move(stop)};
}

/// The shared memory of the processes.
struct Told {
  std::atomic<int> anew = 0;
  std::atomic<std::uint64_t> lost_commits = 0;
};
struct Shared {
  Told* told =
      new (::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
          Told{};
  Shared() = default;
  Shared(Shared&&) = delete;
  ~Shared() { ::munmap(told, sizeof(Told)); }
};

struct Killed {
  std::uint64_t at;
  void on(const Merged<float>& merged) const {
    if (merged.version == at) ::raise(SIGKILL);
  }
};
struct Listener {
  Told* told;
  void on(const Notice& notice) const {
    if (notice.text.starts_with("the previous checkpoint is used, and all workers start again: ") &&
        notice.text.ends_with("checkpoint: is not a checkpoint"))
      ++told->anew;
  }
};

template <class R>
void check_fallback(double steps_of_all) {
  const Place place;
  const Shared shared;
  Process hub{[&] {
    Killed killed{100};
    return trained_by<R>(place.hub(2), epochs(2), killed).parameters()[0];
  }};
  std::vector<Process> workers;
  for (int rank = 0; rank < 2; ++rank)
    workers.emplace_back(
        [&, rank] { return trained_by<R>(place.worker(rank), epochs(2)).parameters()[0]; });
  CHECK_FALSE(hub.wait());
  std::ofstream{place.checkpoint} << std::string(100, 'x');
  Process again{[&] {
    Listener listener{shared.told};
    const auto trained = trained_by<R>(place.hub(2), epochs(2), listener);
    shared.told->lost_commits = trained.report.lost_commits;
    return trained.parameters()[0];
  }};
  CHECK(again.result() == steps_of_all);
  for (Process& worker : workers) CHECK(worker.result() == steps_of_all);
  CHECK(shared.told->anew == 1);
  CHECK(shared.told->lost_commits.load() <= 200);
  CHECK_FALSE(std::filesystem::exists(place.folder / "checkpoint.lock"));
}

}  // namespace

TEST_CASE("workers start again if a hub falls back to the previous checkpoint") {
  check_fallback<Downpour>(2 * rows);
}

TEST_CASE("rounds go on if a hub falls back to the previous checkpoint") {
  check_fallback<Averaging>(rows);
}

TEST_CASE("a second hub on one checkpoint is refused, and the first one goes on") {
  const Place place;
  struct SecondHub {
    const Place& place;
    std::string problem = {};
    void on(const Merged<float>& merged) {
      if (merged.version != 5) return;
      Tcp other = place.hub(1, 1);
      other.address = "127.0.0.1:0";
      try {
        trained_by(other, epochs(2));
      } catch (const FileError& error) {
        problem = error.what();
      }
    }
  } second{place};
  CHECK(trained_by(place.hub(1, 1), epochs(2), second).parameters()[0] == 2 * rows);
  CHECK(second.problem ==
        place.checkpoint.string() +
            ".lock: is locked by another process, expected a Tcp::checkpoint of this hub's own");
}

namespace {
/// From here on no checkpoint can be written; a running write is finished first.
void fill_disk(const Place& place) {
  std::error_code error;
  do {
    std::filesystem::create_directories(place.next() / "full", error);
  } while (error);
}
/// A disk that is full from the fifth merge on, until an observer gets the notice.
struct FullDisk {
  const Place& place;
  std::vector<std::string> told = {};
  std::stop_source stop = {};
  void on(const Merged<float>& merged) const {
    if (merged.version == 5) fill_disk(place);
  }
  void on(const Notice& notice) {
    told.push_back(notice.text);
    std::filesystem::remove_all(place.next());
    if (told.size() == 2) stop.request_stop();
  }
};
}  // namespace

TEST_CASE("the checkpoint of the options is the hub's") {
  const Place place;
  std::stop_source stop;
  struct Stopper {
    std::stop_source& stop;
    void on(const Merged<float>& merged) const {
      if (merged.version == 7) stop.request_stop();
    }
  } stopper{stop};
  Tcp tcp = place.hub(1, 1);
  tcp.checkpoint.clear();
  TrainOptions options = epochs(200, stop.get_token());
  options.checkpoint = {.file = place.checkpoint, .every_seconds = 1000};
  const auto cut = trained_by(tcp, options, stopper);
  CHECK(cut.report.steps < 200 * rows);
  options.stop = {};
  CHECK(trained_by(tcp, options).parameters()[0] == 200 * rows);
  tcp.checkpoint = place.checkpoint;
  CHECK_THROWS_WITH_AS(trained_by(tcp, options),
                       ("Tcp::checkpoint = " + place.checkpoint.string() +
                        ", must be empty if TrainOptions::checkpoint is set")
                           .c_str(),
                       std::invalid_argument);
}

TEST_CASE("a checkpoint that cannot be written is reported and tried again, and the run goes on") {
  const Place place;
  constexpr int many = 1'000'000;
  FullDisk disk{place};
  const auto trained = trained_by(place.hub(1, 1), epochs(many, disk.stop.get_token()), disk);
  REQUIRE(disk.told.size() == 2);
  CHECK(disk.told[0] ==
        "a checkpoint could not be written; the previous one stays, and the hub tries again: " +
            place.next().string() + ": cannot be written: File exists");
  CHECK(disk.told[1] == "checkpoints are written again");
  std::stop_source at_once;
  at_once.request_stop();
  const auto again = trained_by(place.hub(1, 1), epochs(many, at_once.get_token()));
  CHECK(again.parameters()[0] >=
        trained.parameters()[0]);  // a thread may take steps until it gets the stop
}

TEST_CASE("a worker that waits for a checkpoint waits until it can be written") {
  const Place place;
  Tcp tcp = place.hub(1);
  tcp.kept_bytes = 1;  // so every other commit waits for one
  FullDisk disk{place};
  std::jthread worker{[&] { trained_by(place.worker(0), epochs(1)); }};
  CHECK(trained_by(tcp, epochs(1), disk).parameters()[0] == rows);
  REQUIRE(disk.told.size() == 2);
  CHECK(disk.told[1] == "checkpoints are written again");
}

TEST_CASE("a finished run has its result, even if its last checkpoint cannot be written") {
  const Place place;
  struct Listener {
    const Place& place;
    std::string last = {};
    void on(const Merged<float>& merged) const {
      if (merged.version == 5) fill_disk(place);
    }
    void on(const Notice& notice) { last = notice.text; }
  } listener{place};
  CHECK(trained_by(place.hub(1, 1), epochs(1), listener).parameters()[0] == rows);
  CHECK(listener.last == "the last checkpoint could not be written: " + place.next().string() +
                             ": cannot be written: File exists");
  std::filesystem::remove_all(place.next());
  CHECK(trained_by(place.hub(1, 1), epochs(1)).parameters()[0] ==
        rows);  // the missing steps are done
}
