// Recorded runs of several processes, some of which are killed, are replayed in one.
#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "support/checksums.hpp"
#include "transport/tcp/peers.hpp"
#include "transport/tcp/processes.hpp"
#include "transport/tcp/proxy.hpp"

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/codec/floating_point.hpp>
#include <tributary/model/activations.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/replayed.hpp>
#include <vector>

using namespace tributary;
using namespace tributary::test;

namespace {

Events points() {
  Events all{.features = Matrix<float>(20, 3000)};
  Rng rng = Seed{5}.rng();
  for (auto x : all.features.colwise()) {
    for (float& value : x) value = static_cast<float>(normal(rng));
    all.labels.push_back(x.head(3).sum() > 0);
  }
  return all;
}
const Sequential net{Dense<20, 100>{}, Relu{}, Dropout{0.2}, Dense<100, 2>{},
                     SoftmaxCrossEntropy{}};

/// The merges of a hub, as seen by the process that kills its workers.
class Merges {
 public:
  Merges() {
    void* const memory = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error{"mmap"};
    count_ = new (memory) std::atomic<int>{0};
  }
  Merges(Merges&&) = delete;
  ~Merges() { ::munmap(count_, sizeof(std::atomic<int>)); }
  void on(const Merged<float>&) { ++*count_; }
  /// Waits until the hub has merged so many commits, at most a minute.
  void wait_for(int count) const {
    for (int i = 0; i < 60'000 && *count_ < count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }

 private:
  std::atomic<int>* count_;
};

const TrainOptions options{.epochs = 2, .batch_size = 4, .seed = Seed{9}};

/// Records, saves, loads and replays a run. Returns its merges; throws if a center differs.
double record_and_replay(const Tcp& hub, const std::filesystem::path& file, Merges& merges,
                         const auto& rule, const auto&... optimizer) {
  const Events data = points();
  Recording recording;
  TrainOptions recorded_options = options;
  recorded_options.recording = &recording;
  Checksums<float> recorded, replayed;
  const auto first =
      Trainer{net, hub, rule, optimizer...}.train(data, recorded_options, recorded, merges);
  recording.save(file);
  const auto second = Trainer{net, Replayed{Recording::load(file)}, rule, optimizer...}.train(
      data, options, replayed);
  if (recorded.entries != replayed.entries) throw std::runtime_error{"a center differs"};
  if (first.members != second.members) throw std::runtime_error{"the result differs"};
  return static_cast<double>(recorded.entries.size());
}

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("tributary_recordings_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directory(path); }
  Folder(Folder&&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
};

/// A hub with a local worker and three others; `kills` of these are killed and replaced.
void check(int kills, const auto& rule, const auto&... optimizer) {
  CAPTURE(rule.overlap);
  const Folder folder;
  Merges merges;
  const Tcp tcp{.role = Tcp::hub,
                .address = "unix:" + (folder.path / "hub").string(),
                .workers = 4,
                .local_workers = 1,
                .join_seconds = 3,  // one may be killed before it has joined
                .rejoin_seconds = 0.05};
  Process hub{
      [&] { return record_and_replay(tcp, folder.path / "run.rec", merges, rule, optimizer...); }};
  const auto start = [&] {
    return Process{[&] {
      const Tcp worker{.role = Tcp::worker, .address = tcp.address, .reconnect_seconds = 15};
      Trainer{net, worker, rule, optimizer...}.train(points(), options);
      return 0.0;
    }};
  };
  std::vector<Process> workers;
  for (int i = 0; i < 3; ++i) workers.push_back(start());
  for (int kill = 0; kill < kills; ++kill) {
    merges.wait_for(80 * (kill + 1));
    Process& victim = workers[static_cast<std::size_t>(kill) % workers.size()];
    victim.kill();
    if (kill != 1) victim = start();
  }
  // 1500 steps in cycles of 3, of which some are shorter.
  CHECK(hub.result() >= 500);
}

}  // namespace

TEST_CASE("runs of four processes are replayed, for several rules and with killed workers") {
  check(3, Downpour{.period = 3}, Adam{});
  check(3, Adag{.period = 3, .overlap = 1}, Adam{});
  check(3, Easgd{.period = 3, .overlap = 1}, Adam{});
  check(3, DcAsgd{.period = 3, .overlap = 3});
  check(3, Ssp{.period = 3, .bound = 4}, Adam{});
  check(0, Downpour{.period = 3, .overlap = 2}, Adam{});
}

TEST_CASE("a run over sockets that is stopped is replayed with the last, shorter commits") {
  /// Requests a stop after some merges, or stops as an observer.
  struct Stops {
    std::uint64_t at;
    bool as_observer;
    std::stop_source source = {};
    Flow on(const Merged<float>& m) {
      if (m.version < at) return Flow::proceed;
      if (!as_observer) source.request_stop();
      return as_observer ? Flow::stop : Flow::proceed;
    }
  };
  const Events data = points();
  const Downpour rule{.period = 7, .overlap = 2};
  for (const int at : {1, 20, 61, 100}) {
    CAPTURE(at);
    Tcp tcp = Tcp::local(3);
    tcp.shards = at == 61 ? 2 : 1;
    Recording recording;
    Stops stops{static_cast<std::uint64_t>(at), at == 100};
    Checksums<float> recorded, replayed;
    TrainOptions stoppable = options;
    stoppable.recording = &recording;
    stoppable.stop = stops.source.get_token();
    Trainer{net, tcp, rule, Adam{}}.train(data, stoppable, recorded, stops);
    Trainer{net, Replayed{recording}, rule, Adam{}}.train(data, options, replayed);
    CHECK(recorded.entries.size() >= stops.at);
    CHECK(recorded.entries.size() < 200);
    CHECK(recorded.entries == replayed.entries);
  }
}

TEST_CASE("a run whose connections are cut, so that messages are sent again, is replayed") {
  const Events data = points();
  const Downpour rule{.period = 3, .overlap = 1};
  Recording recording;
  Checksums<float> recorded, replayed;
  const auto train = [&](Recording* to) {
    return [&, to](const KnownTcp& tcp, Log&) {
      TrainOptions its_options = options;
      its_options.recording = to;
      Checksums<float> unused;
      const auto trained =
          Trainer{net, tcp, rule, Adam{}}.train(data, its_options, to ? recorded : unused);
      return Outcome{trained.parameters(), trained.report};
    };
  };
  using Kind = Fault::Kind;
  Running hub{{.address = "127.0.0.1:0", .workers = 2}, train(&recording)};
  const Proxy proxy{hub.address(),
                    {{.kind = Kind::close, .way = Way::up, .bytes = 30'000},
                     {.kind = Kind::reset, .way = Way::down, .bytes = 50'000},
                     {.kind = Kind::close, .way = Way::down, .bytes = 101'000},
                     {.kind = Kind::reset, .way = Way::up, .bytes = 140'000}}};
  Running cut{{.role = Tcp::worker, .address = proxy.address()}, train(nullptr)};
  Running other{{.role = Tcp::worker, .address = hub.address()}, train(nullptr)};
  const Outcome outcome = hub.result();
  CHECK(cut.result().report.resent > 0);
  CHECK(other.result().parameters == outcome.parameters);
  const auto again = Trainer{net, Replayed{recording}, rule, Adam{}}.train(data, options, replayed);
  CHECK(recorded.entries == replayed.entries);
  CHECK(again.parameters() == outcome.parameters);
}

TEST_CASE("settings of Tcp whose runs cannot be recorded are refused by name") {
  const Events data = points();
  Recording recording;
  const auto refusal = [&](const auto& tcp) -> std::string {
    try {
      Trainer{net, tcp, Downpour{}, Adam{}}.train(data, {.recording = &recording});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return {};
  };
  Tcp tcp = Tcp::local(2);
  tcp.checkpoint = "run.tck";
  CHECK(refusal(tcp) == "Tcp::checkpoint = run.tck, must be empty in a recorded run");
  tcp = Tcp::local(2);
  tcp.relaxed_atomicity = true;
  CHECK(refusal(tcp) == "Tcp::relaxed_atomicity = true, must be false in a recorded run");
  CHECK(refusal(BasicTcp<Float16>::local(2)) ==
        "Tcp::codec = another codec, must be Lossless in a recorded run, like reply_codec");
  TrainOptions parts{.data_placement = DataPlacement::partitioned, .recording = &recording};
  CHECK_THROWS_WITH_AS(
      (Trainer{net, Tcp{.workers = 2}, Downpour{}, Adam{}}.train(data, parts)),
      "TrainOptions::recording = set, must be null if each process has rows of its own",
      std::invalid_argument);
}
