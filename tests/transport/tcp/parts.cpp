#include "transport/tcp/processes.hpp"

#include "support/problems.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <future>
#include <numeric>
#include <span>
#include <string>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/in_process.hpp>
#include <tributary/transport/tcp.hpp>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

/// Each parameter counts the trainings of a row: row i adds 1 to parameter i, for any batch size.
struct Census {
  using Scalar = float;
  using Batch = std::vector<std::size_t>;
  Index rows = 0;

  Index parameter_count() const { return rows; }
  void initialize(View<float> out, Rng&) const { out.setZero(); }
  Loss loss_and_gradient(ConstView<float>, const Batch& batch, View<float> gradient) const {
    gradient.setZero();
    for (const std::size_t row : batch) gradient[static_cast<Index>(row)] -= 1;
    return 0;
  }
};
static_assert(Model<Census>);

/// Some of the rows, those that a process has.
struct Rows {
  using Batch = std::vector<std::size_t>;
  std::size_t first = 0, count = 0;

  std::size_t size() const { return count; }
  void gather(std::span<const std::size_t> some, Batch& out) const {
    out.assign(some.begin(), some.end());
    for (std::size_t& row : out) row += first;
  }
  Settings digest() const { return {{"first", std::to_string(first)}}; }
};
static_assert(HasDigest<Rows>);

struct Place {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("tributary_parts_" + std::to_string(::getpid()));
  Place() { std::filesystem::create_directory(folder); }
  Place(Place&&) = delete;
  ~Place() { std::filesystem::remove_all(folder); }
  Tcp hub(int workers, int local_workers) const {
    return {.address = "unix:" + (folder / "hub").string(),
            .workers = workers,
            .local_workers = local_workers,
            .rejoin_seconds = 0.1};
  }
  Tcp worker(int rank = -1) const {
    return {.role = Tcp::worker, .address = hub(1, 0).address, .rank = rank, .join_seconds = 20};
  }
};

constexpr Index all_rows = 60;
const TrainOptions own_rows{
    .epochs = 2, .batch_size = 4, .data_placement = DataPlacement::partitioned};

template <class R>
auto train(const Tcp& tcp, const R& rule, const Rows& part, auto&... observers) {
  return Trainer{Census{all_rows}, tcp, rule, Sgd{.learning_rate = 1}}.train(part, own_rows,
                                                                             observers...);
}
struct Outcome {
  Vector<float> parameters;
  RunReport report;
  std::string problem = {};
};
template <class R>
std::future<Outcome> start(const Tcp& tcp, const R& rule, const Rows& part, auto&... observers) {
  return std::async(std::launch::async, [=, &observers...]() -> Outcome {
    try {
      const auto trained = train(tcp, rule, part, observers...);
      return {trained.parameters(), trained.report};
    } catch (const std::exception& error) {
      return {.parameters = {}, .report = {}, .problem = error.what()};
    }
  });
}

}  // namespace

TEST_CASE("each worker brings rows of its own, and every row is trained on once an epoch") {
  const Place place;
  const Downpour rule{.period = 2};
  auto first = start(place.worker(), rule, {0, 33});
  auto second = start(place.worker(), rule, {33, 7});
  const auto hub = train(place.hub(3, 1), rule, {40, 20});
  CHECK((hub.parameters().array() == 2.0f).all());
  CHECK(hub.report.events == 2 * all_rows);
  CHECK(hub.report.lost_steps == 0);
  CHECK(first.get().parameters == hub.parameters());
  CHECK(second.get().parameters == hub.parameters());
}

TEST_CASE("the number of rounds is the number of batches of the largest part, for all parts") {
  const Place place;
  const SynchronousSgd rule;
  auto first = start(place.worker(0), rule, {0, 33});    // 9 batches of up to 4 rows
  auto second = start(place.worker(1), rule, {33, 27});  // and 3 rows in each
  const auto hub = train(place.hub(2, 0), rule, {});
  CHECK(hub.report.merges == 2 * 9);
  CHECK(hub.report.steps == 2 * 2 * 9);
  CHECK(hub.report.events == 2 * all_rows);
  CHECK((hub.parameters().array() > 0).all());
  CHECK(first.get().problem.empty());
  CHECK(second.get().problem.empty());
}

TEST_CASE("a part with fewer rows than rounds is refused by name") {
  const Place place;
  const Averaging rule{.period = 2};
  auto first = start(place.worker(0), rule, {0, 40});
  auto second = start(place.worker(1), rule, {40, 6});
  auto hub = start(place.hub(2, 0), rule, {});
  const std::string problem =
      "rows of worker 1 = 6, must be at least 10, one for each step of an epoch of the largest "
      "part";
  CHECK(hub.get().problem == problem);
  CHECK(first.get().problem == "Tcp: the run has failed: " + problem);
  CHECK(second.get().problem == "Tcp: the run has failed: " + problem);
}

TEST_CASE("two workers with the same rows are an error") {
  const Place place;
  const Downpour rule{.period = 2};
  Tcp slow = place.hub(2, 1);
  slow.join_seconds = 3;
  auto hub = start(slow, rule, {0, 30});
  Tcp twin = place.worker();
  twin.join_seconds = 1;
  CHECK(start(twin, rule, {0, 30}).get().problem.ends_with("rows: worker 0 has the same rows"));
  auto other = start(place.worker(), rule, {30, 30});
  CHECK((hub.get().parameters.array() == 2.0f).all());
  CHECK(other.get().problem.empty());
}

TEST_CASE("settings that do not fit a placement are refused by name") {
  const std::string field = "TrainOptions::data_placement = partitioned, must be replicated if ";
  const auto problem = [](const auto& transport, const auto& rule) -> std::string {
    try {
      Trainer{Census{all_rows}, transport, rule, Sgd{}}.train(Rows{0, 60}, own_rows);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  };
  CHECK(problem(InProcess{.workers = 2}, Downpour{}) == field + "one process has all workers");
  CHECK(problem(Tcp{.address = "127.0.0.1:0"}, Averaging::every_epoch()) ==
        field + "the rule's period is one_epoch; else set the period to a number");
  CHECK(problem(Tcp::local(2), Downpour{}) ==
        "Tcp::role = all, must be hub or worker if each worker has rows of its own");
  CHECK(problem(Tcp{.address = "127.0.0.1:0", .workers = 2, .local_workers = 2}, Downpour{}) ==
        "Tcp::local_workers = 2, must be 0 or 1 if each process has rows of its own");
}

namespace {
/// Ends its process after a number of batches.
struct Dying : Rows {
  mutable int left;
  Dying(const Rows& part, int batches) : Rows{part}, left{batches} {}
  void gather(std::span<const std::size_t> some, Batch& out) const {
    if (left-- == 0) ::_exit(1);
    Rows::gather(some, out);
  }
};
struct Log {
  std::vector<std::string> lines = {};
  void on(const Notice& notice) { lines.push_back(notice.text); }
};
}  // namespace

TEST_CASE("the rows of a lost worker wait for it, and are reported if it does not return") {
  const Place place;
  const Downpour rule{.period = 1};
  for (const bool returns : {true, false}) {
    CAPTURE(returns);
    Process dying{[&] {
      return Trainer{Census{all_rows}, place.worker(0), rule, Sgd{.learning_rate = 1}}
          .train(Dying{{0, 20}, 3}, own_rows)
          .parameters()[0];
    }};
    Process other{[&] { return train(place.worker(1), rule, {20, 40}).parameters()[59]; }};
    Process hub{[&]() -> double {
      Tcp tcp = place.hub(2, 0);
      tcp.join_seconds = returns ? 30 : 2;
      Log log;
      const auto trained = train(tcp, rule, {}, log);
      if (returns) return (trained.parameters().array() == 2.0f).all() ? 1 : 0;
      const bool told =
          log.lines.back() == "worker 0 is lost with its rows: steps 3 to 10 on them are not taken";
      const bool others = (trained.parameters().tail(40).array() == 2.0f).all();
      return told && others && trained.report.lost_steps == 7 ? 1 : 0;
    }};
    CHECK_FALSE(dying.wait());
    if (returns) {
      Process again{[&] { return train(place.worker(), rule, {0, 20}).parameters()[0]; }};
      CHECK(again.result() == 2);
    }
    CHECK(hub.result() == 1);
    CHECK(other.result() == 2);
  }
}

TEST_CASE("a restarted hub knows the rows of each worker") {
  const Place place;
  Tcp tcp = place.hub(2, 0);
  tcp.checkpoint = place.folder / "checkpoint";
  tcp.checkpoint_seconds = 0.01;
  tcp.rejoin_seconds = 20;
  const Downpour rule{.period = 1};
  struct Killed {
    void on(const Merged<float>& merged) const {
      if (merged.version == 8) ::raise(SIGKILL);
    }
  };
  Process hub{[&] {
    Killed killed;
    return train(tcp, rule, {}, killed).parameters()[0];
  }};
  const auto work = [&](const Rows& part) {
    return Process{[&place, &rule, part] {
      const auto trained = train(place.worker(), rule, part);
      return (trained.parameters().array() == 2.0f).all() ? 1 : 0;
    }};
  };
  Process first = work({0, 25}), second = work({25, 35});
  CHECK_FALSE(hub.wait());
  Process again{[&] { return (train(tcp, rule, {}).parameters().array() == 2.0f).all() ? 1 : 0; }};
  CHECK(again.result() == 1);
  CHECK(first.result() == 1);
  CHECK(second.result() == 1);
}
