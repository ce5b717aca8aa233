// The end of a recorded run, and recordings that cannot be replayed.
#include <tributary/transport/replayed.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <stop_token>
#include <string>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/transport/simulated.hpp>

#include "support/checksums.hpp"
#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

constexpr Index parameters = 1030;  // three stripes
const NoisyQuadratic model{.count = parameters, .sigma = 0.3};
const Noise noise{.rows = 600, .count = parameters};

/// Ends the run at a merge: as an observer, or by the user's stop.
struct Ends {
  std::uint64_t at;
  std::stop_source* source = nullptr;
  Flow on(const Merged<double>& m) {
    if (m.version < at) return Flow::proceed;
    if (source) source->request_stop();
    return source ? Flow::proceed : Flow::stop;
  }
};

template <class R>
Recording record(const R& rule, TrainOptions options, auto&... observers) {
  Recording recording;
  options.recording = &recording;
  Trainer{model, InProcess{.workers = 3}, rule, Momentum{.learning_rate = 0.01}}.train(
      noise, options, observers...);
  return recording;
}
void replay(const Recording& recording, const auto& rule, const TrainOptions& options,
            auto&... observers) {
  Trainer{model, Replayed{recording}, rule, Momentum{.learning_rate = 0.01}}.train(noise, options,
                                                                                   observers...);
}
std::string message(const auto& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a run that is stopped is replayed with the last, shorter commits") {
  const TrainOptions options{.epochs = 2, .batch_size = 1, .seed = Seed{3}};
  int shorter = 0;
  for (const int overlap : {0, 2, 5, 7}) {
    CAPTURE(overlap);
    const Downpour rule{.period = 7, .overlap = overlap};
    for (std::uint64_t at = 1; at <= 40; at += 6) {
      CAPTURE(at);
      std::stop_source source;
      TrainOptions stoppable = options;
      stoppable.stop = source.get_token();
      Checksums<double> recorded, replayed;
      Ends ends{at, &source};
      const Recording recording = record(rule, stoppable, recorded, ends);
      CHECK(recording.merges() <= at + 3 + 3);
      for (const Recording::Event& event : recording.events())
        shorter += event.kind == Recording::Kind::merge && event.count % 7 != 0;
      replay(recording, rule, options, replayed);
      CHECK(recorded.entries == replayed.entries);
    }
  }
  CHECK(shorter > 0);
}

TEST_CASE(
    "a run that an observer ended is replayed to its last merge, or until an observer ends it") {
  const TrainOptions options{.batch_size = 1, .seed = Seed{3}};
  const Easgd rule{.period = 4, .overlap = 1};
  Checksums<double> recorded, replayed, part;
  Ends ends{50}, sooner{20};
  const Recording recording = record(rule, options, recorded, ends);
  CHECK(recording.merges() == 50);
  replay(recording, rule, options, replayed);
  CHECK(recorded.entries == replayed.entries);
  replay(recording, rule, options, part, sooner);
  recorded.entries.resize(20);
  CHECK(recorded.entries == part.entries);
}

TEST_CASE("a run that diverges is replayed until it diverges") {
  const NoisyQuadratic steep{.count = 1, .h = 1e60};
  const Noise one{.rows = 900, .count = 1};
  const Downpour rule{.period = 1};
  Recording recording;
  const auto train = [&](const auto& transport, TrainOptions options) {
    return message([&] {
      Trainer{steep, transport, rule, Sgd{.learning_rate = 1}}.train(one, options);
    });
  };
  const std::string first =
      train(InProcess{.workers = 2}, {.batch_size = 1, .recording = &recording});
  CHECK(first.starts_with("training diverged"));
  CHECK(recording.merges() > 1);
  CHECK(!recording.final_checksum());
  // The worker that failed has made no commit, unless it was the center that became infinite.
  const std::string again = train(Replayed{recording}, {.batch_size = 1});
  CHECK(again == (first.find("the center") == std::string::npos ? "" : first));
}

TEST_CASE("another program, other settings and other data are refused by name") {
  const TrainOptions options{.batch_size = 1, .seed = Seed{3}};
  const Downpour rule{.period = 4};
  const Recording recording = record(rule, options);
  const auto refusal = [&](const auto& act) {
    CHECK_THROWS_AS(act(), std::invalid_argument);
    return message(act);
  };
  const std::string other = "Replayed::recording is of another run: ";
  CHECK(refusal([&] { replay(recording, Downpour{.period = 5}, options); }) ==
        other + "Downpour::period: this run has 5, the recording 4");
  CHECK(refusal([&] { replay(recording, rule, {.batch_size = 1, .seed = Seed{4}}); }) ==
        other + "TrainOptions::seed: this run has 4, the recording 3");
  CHECK(refusal([&] {
          replay(recording, rule, {.epochs = 2, .batch_size = 1, .seed = Seed{3}});
        }) == other + "TrainOptions::epochs: this run has 2, the recording 1");
  CHECK(refusal([&] { replay(Recording{}, rule, options); }) ==
        "Replayed::recording = empty, must be that of a run");
  const Trainer starts_elsewhere{NoisyQuadratic{.count = parameters, .sigma = 0.3, .start = 2},
                                 Replayed{recording}, rule, Momentum{.learning_rate = 0.01}};
  CHECK(refusal([&] { starts_elsewhere.train(noise, options); }) ==
        other + "its initial parameters differ");
}

TEST_CASE("a replay that computes something else says at which commit") {
  const TrainOptions options{.batch_size = 1, .seed = Seed{3}};
  const Downpour rule{.period = 4};
  const Recording recording = record(rule, options);
  // The fingerprint does not have the members of a model without settings(), nor data without
  // digest().
  const auto replayed_with = [&](const NoisyQuadratic& other, const Noise& data) {
    const auto act = [&] {
      Trainer{other, Replayed{recording}, rule, Momentum{.learning_rate = 0.01}}.train(data,
                                                                                       options);
    };
    CHECK_THROWS_AS(act(), ReplayDiffers);
    return message(act);
  };
  const auto begins = [](const std::string& text, const char* with) {
    return text.starts_with("the replay differs from the recording in commit " + std::string{with});
  };
  CHECK(begins(replayed_with({.count = parameters, .sigma = 0.4}, noise), "1, of worker "));
  CHECK(begins(replayed_with(model, {.rows = 600, .count = parameters, .seed = Seed{1}}),
               "1, of worker "));
}

TEST_CASE("runs that cannot be recorded are refused by name") {
  Recording recording;
  const TrainOptions options{.batch_size = 1, .recording = &recording};
  const auto refusal = [&](const auto& transport, const auto& rule) {
    const auto act = [&] { Trainer{model, transport, rule, Sgd{}}.train(noise, options); };
    CHECK_THROWS_AS(act(), std::invalid_argument);
    return message(act);
  };
  const std::string not_null = "TrainOptions::recording = set, must be null ";
  CHECK(refusal(InProcess{.workers = 2}, Averaging{}) ==
        not_null + "with a synchronous rule, which gives the same bits when it is run again");
  CHECK(refusal(Simulated{.workers = 2}, Downpour{}) ==
        not_null + "with this transport, which does not record");
#if defined(__cpp_lib_atomic_ref)
  CHECK(refusal(InProcess{.workers = 2}, Hogwild{}) ==
        not_null + "with a rule whose threads merge at the same time: their order is not known");
#endif
  CHECK(recording.empty());
  const TrainOptions saving{.batch_size = 1, .checkpoint = {.file = "unused.tck"}};
  CHECK(message([&] { record(Downpour{}, saving); }) ==
        not_null + "with checkpoints: the run may begin at one");
  CHECK(message([&] { replay(record(Downpour{}, {.batch_size = 1}), Downpour{}, saving); }) ==
        "TrainOptions::checkpoint = unused.tck, must be empty with the transport Replayed, which "
        "writes none");
  static_assert(!Replayed::supports(Schedule::synchronous));
}
