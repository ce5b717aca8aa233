#include "support/temporary_folder.hpp"
#include "transport/tcp/counter.hpp"
#include "transport/tcp/processes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <tributary/observe/early_stopping.hpp>
#include <tributary/observe/history.hpp>
#include <tributary/observe/progress.hpp>
#include <tributary/observe/stop_at_loss.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/tcp.hpp>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

struct Folder : TemporaryFolder {
  /// With one worker, whose merges add 3 each to the center.
  Tcp hub() const {
    return {.address = "unix:" + (path / "hub").string(),
            .local_workers = 1,
            .checkpoint = path / "checkpoint",
            .checkpoint_seconds = 1e-3};
  }
};

auto trained_by(const Tcp& tcp, std::size_t rows, auto&... observers) {
  return Trainer{Counter{}, tcp, Downpour{.period = 3}, Sgd{.learning_rate = 1}}.train(
      Rows{rows}, {.batch_size = 1, .seed = Seed{1}}, observers...);
}
double from_thirty(ConstView<float> center) { return std::abs(double{center[0]} - 30); }

struct Notices {
  std::vector<std::string> texts = {};
  void on(const Started&) { texts.clear(); }
  void on(const Notice& notice) { texts.push_back(notice.text); }
};
/// Once a checkpoint of a merge after the twelfth, or of a later one, must be there.
struct KilledAfterCheckpoint {
  std::filesystem::path checkpoint;
  std::filesystem::file_time_type before = {};
  void on(const Merged<float>& merged) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(checkpoint, error);
    if (merged.version == 12) before = time;
    if (merged.version > 12 && time > before) ::raise(SIGKILL);
  }
};

}  // namespace

TEST_CASE("a hub that an observer has stopped, started again, gives the same result at once") {
  const Folder folder;
  EarlyStopping stopping{.measure = from_thirty, .every = 1, .patience = 3};
  Notices notices;
  CHECK(trained_by(folder.hub(), 3000, stopping, notices).parameters()[0] == 30);
  CHECK(notices.texts.empty());
  const auto again = trained_by(folder.hub(), 3000, stopping, notices);
  CHECK(again.parameters()[0] == 30);
  CHECK(again.report.merges == 13);
  CHECK(stopping.best == 0);
  CHECK(stopping.best_version == 10);
  REQUIRE(notices.texts.size() == 1);
  CHECK(notices.texts[0] == "an observer had ended this run: this is its result");
}

TEST_CASE("a hub whose run is over, started again, returns the best center that it has seen") {
  const Folder folder;
  EarlyStopping stopping{.measure = from_thirty, .every = 1, .patience = 1000};
  CHECK(trained_by(folder.hub(), 90, stopping).parameters()[0] == 30);
  EarlyStopping another{.measure = from_thirty, .every = 1, .patience = 1000};
  CHECK(trained_by(folder.hub(), 90, another).parameters()[0] == 30);
  CHECK(another.version == 30);
}

TEST_CASE("the best center survives a killed hub") {
  const Folder folder;
  const auto stopping = [] {
    return EarlyStopping{.measure = from_thirty, .every = 1, .patience = 1'000'000};
  };
  Process hub{[&] {
    auto before = stopping();
    KilledAfterCheckpoint killed{folder.hub().checkpoint};
    return trained_by(folder.hub(), 3'000'000, before, killed).parameters()[0];
  }};
  CHECK_FALSE(hub.wait());
  struct Stop {
    void on(const Notice&) const {}
    Flow on(const Merged<float>&) const { return Flow::stop; }
  } stop;
  auto after = stopping();
  CHECK(trained_by(folder.hub(), 3'000'000, after, stop).parameters()[0] == 30);
  CHECK(after.best_version == 10);
}

TEST_CASE("a hub that resumes names the observers that start again") {
  const Folder folder;
  StopAtLoss never{.below = -1};
  History history;
  std::stop_source stop;
  struct Stopped {
    std::stop_source& stop;
    void on(const Merged<float>& merged) const {
      if (merged.version == 5) stop.request_stop();
    }
  } stopped{stop};
  const auto train = [&](auto&... observers) {
    return Trainer{Counter{}, folder.hub(), Downpour{.period = 3}, Sgd{.learning_rate = 1}}.train(
        Rows{300}, {.batch_size = 1, .stop = stop.get_token()}, observers...);
  };
  const std::uint64_t merges = train(never, history, stopped).report.merges;
  CHECK(history.rows.size() == merges);
  Notices notices;
  EarlyStopping stopping{.measure = from_thirty};
  const std::uint64_t all = train(never, notices, history, stopping).report.merges;
  CHECK(all >= merges);
  CHECK(history.rows.size() == all);
  REQUIRE(notices.texts.size() == 1);
  CHECK(notices.texts[0] == "the run resumes after merge " + std::to_string(merges) +
                                ", but these observers start again: EarlyStopping");
}

TEST_CASE("a hub and its workers in one process end at once if an observer has ended the run") {
  const Folder folder;
  Tcp tcp = Tcp::local(2);
  tcp.checkpoint = folder.hub().checkpoint;
  EarlyStopping stopping{.measure = from_thirty, .every = 1, .patience = 3};
  const auto first = trained_by(tcp, 3000, stopping);
  const auto again = trained_by(tcp, 3000, stopping);
  CHECK(first.parameters() == again.parameters());
  CHECK(again.parameters()[0] == 30);
}
