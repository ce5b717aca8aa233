#include <tributary/observe/progress.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <sstream>
#include <string>

#include <tributary/observe/early_stopping.hpp>
#include <tributary/observe/evaluate.hpp>
#include <tributary/observe/history.hpp>
#include <tributary/observe/json.hpp>
#include <vector>

using namespace tributary;

namespace {
const Vector<float> center = Vector<float>::Zero(2);

Merged<float> merged(std::uint64_t version, double loss = 0.5) {
  return {.version = version,
          .worker = 1,
          .staleness = 2,
          .loss = loss,
          .accuracy = 0.75,
          .events = 10 * version,
          .seconds = static_cast<double>(version),
          .center = center};
}
}  // namespace

namespace {
double wall = 0;  // wall-clock time
double read_wall() { return wall; }
}  // namespace

TEST_CASE("progress is plain lines without a terminal, and ends with the whole run") {
  std::ostringstream out;
  {
    wall = 100;
    Progress progress{.label = "EASGD", .out = &out, .line_seconds = 2, .clock = &read_wall};
    ObserverList list{progress};
    list.notify(Started{.parameters = 2, .workers = 2, .events = 40});
    for (std::uint64_t version = 1; version <= 4; ++version) {
      wall += 1;
      list.notify(merged(version, 0.1 * static_cast<double>(version)));
    }
    list.notify(Finished<float>{.seconds = 4, .center = center});
  }
  CHECK(out.str() ==
        "EASGD   25 %  10 events/s  loss 0.1000  accuracy 0.750  3 s left\n"
        "EASGD   75 %  10 events/s  loss 0.2500  accuracy 0.750  1 s left\n"
        "EASGD  100 %  10 events/s  loss 0.4000  accuracy 0.750  in 4.0 s\n");
}

TEST_CASE("progress of a simulation follows wall-clock time, not virtual seconds") {
  std::ostringstream out;
  wall = 0;
  Progress progress{.out = &out, .line_seconds = 10, .clock = &read_wall};
  ObserverList list{progress};
  list.notify(Started{.parameters = 2, .workers = 2, .events = 10'000});
  for (std::uint64_t version = 1; version <= 1000; ++version) {  // of 1 virtual second each
    wall += 0.011;
    list.notify(merged(version));
  }
  list.notify(Finished<float>{.seconds = 1000, .center = center});
  CHECK(out.str() ==
        "    0 %  10 events/s  loss 0.5000  accuracy 0.750  11 s left\n"
        "   91 %  10 events/s  loss 0.5000  accuracy 0.750  1 s left\n"
        "  100 %  10 events/s  loss 0.5000  accuracy 0.750  in 1000.0 s\n");
}

TEST_CASE("progress of a run after a restart extrapolates from the speed that it sees") {
  std::ostringstream out;
  wall = 0;
  Progress progress{.out = &out, .line_seconds = 2, .clock = &read_wall};
  ObserverList list{progress};
  list.notify(Started{.parameters = 2, .workers = 2, .events = 100});
  for (std::uint64_t version = 5; version <= 7; ++version) {
    wall += 1;
    list.notify(merged(version));
  }
  CHECK(out.str() ==
        "   50 %  10 events/s  loss 0.5000  accuracy 0.750\n"
        "   70 %  10 events/s  loss 0.5000  accuracy 0.750  4 s left\n");
}

TEST_CASE("progress of a run that ends early shows its duration") {
  std::ostringstream out;
  Progress progress{.out = &out, .line_seconds = 1e9};
  ObserverList list{progress};
  list.notify(Started{.parameters = 2, .workers = 2, .events = 40});
  list.notify(Finished<float>{.seconds = 3, .center = center});
  CHECK(out.str() == "    0 %  0 events/s  in 3.0 s\n");
}

TEST_CASE("progress of a run of unknown length shows no percentage") {
  std::ostringstream out;
  wall = 0;
  Progress progress{.out = &out, .line_seconds = 1, .clock = &read_wall};
  ObserverList list{progress};
  list.notify(Started{.parameters = 2, .workers = 2, .events = 0});
  list.notify(merged(1));
  wall = 2;
  list.notify(merged(2));
  list.notify(Finished<float>{.seconds = 2, .center = center});
  const std::string line = "  10 events/s  loss 0.5000  accuracy 0.750";
  CHECK(out.str() ==
        line + "\n" + line + "\n  10 events/s  loss 0.5000  accuracy 0.750  in 2.0 s\n");
}

TEST_CASE("progress shows notices with any text") {
  std::ostringstream out;
  Progress progress{.label = "run", .out = &out};
  ObserverList list{progress};
  list.notify(Started{});
  list.notify(Notice{.text = "worker 3 is lost", .seconds = 1});
  list.notify(Notice{.text = "refused: \033[2J\nτ", .seconds = 2});
  CHECK(out.str() == "run  worker 3 is lost\nrun  refused: ?[2J?τ\n");
}

TEST_CASE("a history keeps every merge of its last run, and is JSON with null for NaN") {
  History history;
  ObserverList list{history};
  list.notify(merged(7));
  list.notify(Started{});
  list.notify(merged(1));
  list.notify(merged(2, std::nan("")));
  REQUIRE(history.rows.size() == 2);
  CHECK(history.rows[0].staleness == 2);
  const auto json = nlohmann::json::parse(nlohmann::json(history).dump());
  CHECK(json["loss"] == nlohmann::json::array({0.5, nullptr}));
  CHECK(json["events"] == nlohmann::json::array({10, 20}));
}

TEST_CASE("Evaluate measures every few merges and once more at the end") {
  Evaluate evaluate{.measure = [](ConstView<float> c) { return 3.0 + c.sum(); }, .every = 2};
  ObserverList list{evaluate};
  list.notify(Started{});
  for (std::uint64_t version = 1; version <= 5; ++version) list.notify(merged(version));
  list.notify(Finished<float>{.seconds = 6, .center = center});
  REQUIRE(evaluate.points.size() == 3);
  CHECK(evaluate.points[1].events == 40);
  CHECK(evaluate.points[1].version == 4);
  CHECK(evaluate.points[2].version == 5);
  CHECK(evaluate.points[2].seconds == 6);
  CHECK(evaluate.points[2].value == 3);
  CHECK_FALSE(evaluate.points[1].returned);
  CHECK(evaluate.points[2].returned);
}

TEST_CASE("Evaluate goes on from its state") {
  const auto measure = [](ConstView<float>) { return 3.0; };
  Evaluate first{.measure = measure, .every = 2};
  ObserverList list{first};
  for (std::uint64_t version = 1; version <= 5; ++version) list.notify(merged(version));
  std::vector<std::byte> state;
  first.save(state);

  Evaluate second{.measure = measure, .every = 2};
  std::span<const std::byte> from = state;
  REQUIRE(second.restore(from));
  CHECK(from.empty());
  ObserverList{second}.notify(merged(6));
  ObserverList{second}.notify(Finished<float>{.seconds = 7, .center = center});
  REQUIRE(second.points.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) CHECK(second.points[i].version == 2 * (i + 1));
  CHECK(second.points[3].returned);

  from = std::span{state}.first(state.size() - 1);
  CHECK_FALSE(second.restore(from));
}

TEST_CASE("EarlyStopping stops after a number of measurements without a gain") {
  double value = 10;
  EarlyStopping stopping{.measure = [&](ConstView<float>) { return value; },
                         .every = 2,
                         .patience = 2,
                         .min_delta = 0.5};
  ObserverList list{stopping};
  list.notify(Started{});
  const auto look = [&](double now) {
    value = now;
    CHECK(list.notify(merged(1)) == Flow::proceed);
    return list.notify(merged(2));
  };
  CHECK(look(10) == Flow::proceed);
  CHECK(look(9.8) == Flow::proceed);  // no gain: less than min_delta
  CHECK(look(9) == Flow::proceed);    // a gain
  CHECK(look(9) == Flow::proceed);
  CHECK(look(9) == Flow::stop);
  CHECK(stopping.best == 9);

  stopping.every = 0;
  CHECK_THROWS_WITH(list.notify(Started{}), "EarlyStopping::every = 0, must be at least 1");
}
