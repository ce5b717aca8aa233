#include <tributary/transport/simulated.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <tributary/observe/history.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/ssp.hpp>
#include <vector>

#include "support/census.hpp"
#include "support/problems.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {
const TrainOptions options{.epochs = 20, .batch_size = 8, .seed = Seed{42}};

template <Real S, class... Policies>
Vector<S> fit(const Policies&... policies) {
  return Trainer{LinearModel<S>{}, policies...}.train(line<S>(1024), options).parameters();
}
/// All results that distinguish two runs.
std::vector<double> story(const History& history) {
  std::vector<double> all;
  for (const auto& row : history.rows) {
    all.insert(all.end(), {static_cast<double>(row.worker), static_cast<double>(row.staleness),
                           std::isnan(row.loss) ? -1 : row.loss, row.seconds});
  }
  return all;
}
/// Its workers record the number of workers that they are told of with each reply.
struct Told {
  static constexpr Schedule schedule = Schedule::stale_synchronous;
  std::vector<int>* seen = nullptr;
  int period = 1;
  int overlap = 0;

  template <Real S>
  struct WorkerPart {
    std::vector<int>* seen;
    int workers = 0;
    void set_workers(int number) { workers = number; }
    void prepare(ConstView<S> parameters, View<S> commit) const { commit = parameters; }
    void adopt(View<S>, ConstView<S>, ConstView<S>) const { seen->push_back(workers); }
  };
  struct CenterPart {
    int bound = 1;
    template <Real S>
    void merge(View<S>, ConstView<S>, MergeInfo, View<S> reply) const {
      reply.setZero();
    }
  };
  template <Real S>
  WorkerPart<S> make_worker_half(const Vector<S>&, int) const {
    return {seen};
  }
  template <Real S>
  CenterPart make_center_half(const Vector<S>&, int) const {
    return {};
  }
  void validate(int) const {}
};

}  // namespace

TEST_CASE_TEMPLATE("synchronous rules give the same bits over threads and in any simulation", S,
                   float, double) {
  for (const int overlap : {0, 1, 4}) {
    const auto same_everywhere = [&](const auto& rule, const auto& optimizer) {
      const Vector<S> threads = fit<S>(InProcess{.workers = 4}, rule, optimizer);
      CHECK(threads == fit<S>(Simulated{.workers = 4}, rule, optimizer));
      CHECK(threads == fit<S>(Simulated{.workers = 4,
                                        .step_time = PerRankStep{{1, 1, 1, 3}},
                                        .link = {.latency_seconds = 2}},
                              rule, optimizer));
    };
    same_everywhere(Averaging{.period = 4, .overlap = overlap}, Sgd{.learning_rate = 0.2});
    same_everywhere(SynchronousEasgd{.period = 4, .overlap = overlap},
                    Nesterov{.learning_rate = 0.05, .momentum = 0.8});
  }
}

TEST_CASE_TEMPLATE("asynchronous runs repeat, bit for bit and event for event", S, float, double) {
  const Simulated uneven{.workers = 4,
                         .step_time = ExponentialStep{},
                         .link = {.latency_seconds = 0.5, .bytes_per_second = 1000},
                         .seed = Seed{3}};
  const auto repeats = [&](const auto& rule, const auto&... optimizer) {
    const Trainer trainer{LinearModel<S>{}, uneven, rule, optimizer...};
    const auto data = line<S>(1024);
    History once, again;
    const auto trained = trainer.train(data, options, once);
    CHECK(line_error(trained.parameters()) < 3e-2);
    CHECK(trained.parameters() == trainer.train(data, options, again).parameters());
    CHECK(story(once) == story(again));
    CHECK(trained.report.mean_staleness > 0.5);
  };
  repeats(Downpour{.period = 3}, Sgd{.learning_rate = 0.05});
  repeats(Adag{.period = 3, .overlap = 3}, Sgd{.learning_rate = 0.2});
  repeats(Easgd{.period = 4}, Sgd{.learning_rate = 0.2});
  repeats(Eamsgd{.learning_rate = 0.05, .momentum = 0.8, .period = 4});
}

TEST_CASE("overlap hides the latency of the link, in virtual seconds") {
  const auto seconds = [&](int overlap) {
    return Trainer{LinearModel<float>{}, Simulated{.workers = 2, .link = {.latency_seconds = 1}},
                   Downpour{.period = 4, .overlap = overlap}, Sgd{}}
        .train(line<float>(512), options)
        .report.seconds;
  };
  CHECK(seconds(0) == doctest::Approx(seconds(2) * 6 / 4).epsilon(0.02));  // 4 steps + 2 links
  CHECK(seconds(3) == seconds(2));
}

TEST_CASE("a message takes latency and bytes / bandwidth, and both ways are counted") {
  const auto trained = Trainer{
      LinearModel<float>{},
      Simulated{.workers = 1,
                .step_time = FixedStep{.seconds = 0},
                .link = {.latency_seconds = 2, .bytes_per_second = 8}},
      Downpour{.period = 1},
      Sgd{}}.train(line<float>(10), {.batch_size = 1});
  CHECK(trained.report.bytes == 10 * 2 * 4 * sizeof(float));
  CHECK(trained.report.seconds == 10 * (2 + 16 / 8.0) + 9 * (2 + 16 / 8.0));
}

namespace {
/// All spans, in the order of their events.
struct Spans {
  std::vector<Span> all = {};
  void on(const Span& span) { all.push_back(span); }
  double seconds(Activity activity, int worker) const {
    double sum = 0;
    for (const Span& span : all) {
      if (span.activity == activity && span.worker == worker) sum += span.seconds();
    }
    return sum;
  }
};
const Sgd sgd{.learning_rate = 0.01};
}  // namespace

TEST_CASE("a shared link carries one message after the other, in each direction") {
  // 8 workers, each message 2 s: commits arrive at 2, 4, ..., 16; replies leave meanwhile.
  Simulated cluster{
      .workers = 8, .step_time = FixedStep{.seconds = 0}, .link = {.bytes_per_second = 8}};
  const auto seconds = [&] {
    return Trainer{LinearModel<float>{}, cluster, Downpour{.period = 1}, sgd}
        .train(line<float>(8), {.batch_size = 1})
        .report.seconds;
  };
  CHECK(seconds() == 2);
  cluster.link.sharing = Link::Sharing::shared;
  CHECK(seconds() == 16);
}

TEST_CASE("the center takes one commit after the other") {
  History history;
  const auto trained = Trainer{LinearModel<float>{}, Simulated{.workers = 3, .merge_seconds = 0.5},
                               Downpour{.period = 1}, sgd}
                           .train(line<float>(6), {.batch_size = 1}, history);
  std::vector<double> times;
  for (const auto& row : history.rows) times.push_back(row.seconds);
  CHECK(times == std::vector{1.5, 2.0, 2.5, 3.0, 3.5, 4.0});
  CHECK(trained.report.waiting_share ==
        doctest::Approx(4.5 / 10.5));  // 0.5 + 1 + 1.5, and 0.5 each
}

TEST_CASE("jitter delays each message by its mean, on average") {
  const auto seconds = [&](double jitter) {
    return Trainer{LinearModel<float>{},
                   Simulated{.workers = 1, .link = {.jitter_seconds = jitter}},
                   Downpour{.period = 1}, sgd}
        .train(line<float>(10'000), {.batch_size = 1})
        .report.seconds;
  };
  CHECK(seconds(0) == 10'000);
  CHECK(seconds(0.5) == doctest::Approx(20'000).epsilon(0.02));  // 1 + 2 * 0.5 each; 3.5 sigma
}

TEST_CASE("a lost message is sent again, and nothing is lost or merged twice") {
  Spans spans;
  const auto trained =
      Trainer{LinearModel<float>{},
              Simulated{.workers = 4, .link = {.loss = 0.2, .resend_seconds = 3}, .seed = Seed{1}},
              Downpour{.period = 2}, sgd}
          .train(line<float>(4000), {.batch_size = 1}, spans);
  CHECK(trained.report.events == 4000);
  CHECK(trained.report.merges == 2000);
  const auto resent = static_cast<double>(trained.report.resent);
  CHECK(resent == doctest::Approx(1000).epsilon(0.13));  // 4000 arrive of 5000 sent; 4 sigma
  CHECK(trained.report.bytes == (4000 + trained.report.resent) * 4 * sizeof(float));
  double lost = 0;
  for (int worker = 0; worker < 4; ++worker) lost += spans.seconds(Activity::lost, worker);
  CHECK(lost == 3 * resent);
}

TEST_CASE_TEMPLATE("a round goes on without a worker that died, and with one that joins", Rule,
                   Averaging, SynchronousEasgd, Downpour, Ssp) {
  const Simulated cluster{.workers = 4,
                          .link = {.latency_seconds = 0.25},
                          .presence = {{.rank = 1, .until_seconds = 20.1},
                                       {.rank = 3, .from_seconds = 30, .until_seconds = 1e9}}};
  constexpr bool synchronous = Rule::schedule == Schedule::synchronous;
  Spans spans;
  const Trainer trainer{LinearModel<double>{}, cluster, Rule{},
                        Sgd{.learning_rate = synchronous ? 0.3 : 0.05}};
  const auto trained = trainer.train(line<double>(4000), {.epochs = 2, .batch_size = 10}, spans);
  CHECK(trained.report.lost == 1);
  CHECK(line_error(trained.parameters()) < 3e-2);
  CHECK(trained.report.steps < 800);
  CHECK(trained.report.steps > 3 * 200);
  CHECK(spans.seconds(Activity::compute, 0) == 200);
  CHECK(spans.seconds(Activity::compute, 3) == 200);
  CHECK(spans.seconds(Activity::compute, 1) <= 20.1);
  for (const Span& span : spans.all) {
    if (span.worker == 1) CHECK(span.begin_seconds <= 20.1);
    if (span.worker == 3) CHECK(span.begin_seconds >= 30);
  }
}

TEST_CASE_TEMPLATE("the steps of workers that die are counted as lost, and reported", Rule,
                   SynchronousSgd, AsynchronousSgd, Ssp) {
  struct Listener {
    std::vector<Notice> told = {};
    void on(const Notice& notice) { told.push_back(notice); }
  } listener;
  // Each worker has 20 steps. 5 are in the center when worker 1 dies, 9 when worker 0 dies.
  const Simulated cluster{
      .workers = 2,
      .presence = {{.rank = 0, .until_seconds = 9.5}, {.rank = 1, .until_seconds = 5.5}}};
  const auto report = Trainer{LinearModel<double>{}, cluster, Rule{}, sgd}
                          .train(line<double>(40), {.batch_size = 1}, listener)
                          .report;
  CHECK(report.steps == 5 + 9);
  CHECK(report.lost == 2);
  CHECK(report.lost_steps == 11 + 15);
  REQUIRE(listener.told.size() == 2);
  CHECK(listener.told[0].text ==
        "worker 1 is lost with its rows: steps 5 to 20 on them are not taken");
  CHECK(listener.told[0].seconds == 5.5);
  CHECK(listener.told[1].text ==
        "worker 0 is lost with its rows: steps 9 to 20 on them are not taken");
}

TEST_CASE_TEMPLATE("rules get the number of workers", Rule, Census<Schedule::asynchronous>,
                   Census<Schedule::synchronous>) {
  std::vector<int> seen;
  const Simulated cluster{.workers = 3,
                          .presence = {{.rank = 1, .until_seconds = 20.5},
                                       {.rank = 2, .from_seconds = 10.5, .until_seconds = 30.5}}};
  Trainer{LinearModel<double>{}, cluster, Rule{&seen}, sgd}.train(line<double>(120),
                                                                  {.batch_size = 1});
  const auto times = [&](int workers) { return std::ranges::count(seen, workers); };
  CHECK(times(0) == 0);
  constexpr bool rounds = Rule::schedule == Schedule::synchronous;  // end when the slowest is done
  CHECK(times(3) == (rounds ? 3 * 9 : 10 + 10 + 9));
  CHECK(times(2) == 2 * 10 + 2 * 10);
  CHECK(times(1) == (rounds ? 11 : 10));
}

TEST_CASE("a worker that waits at the bound gets the number of workers at its merge") {
  std::vector<int> seen;
  const Simulated<PerRankStep> cluster{
      .workers = 2, .step_time = {{1, 10}}, .presence = {{.rank = 1, .until_seconds = 15}}};
  Trainer{LinearModel<double>{}, cluster, Told{&seen}, sgd}.train(line<double>(10),
                                                                  {.batch_size = 1});
  // Rank 0 merges at 1, 2 and, after rank 1 has merged at 10, at 11. Rank 1 dies at 15.
  CHECK(seen == std::vector{2, 2, 2, 2, 1, 1});
}

TEST_CASE("the elastic pull of the remaining workers is stronger") {
  const auto center = [](const MovingRate& rate) {
    const Simulated cluster{.workers = 4,
                            .presence = {{.rank = 1, .until_seconds = 0.5},
                                         {.rank = 2, .until_seconds = 0.5},
                                         {.rank = 3, .until_seconds = 0.5}}};
    return Trainer{LinearModel<double>{}, cluster, Easgd{.moving_rate = rate}, sgd}
        .train(line<double>(400), {.batch_size = 1})
        .parameters();
  };
  CHECK(center(MovingRate::beta(0.5)) == center(MovingRate::alpha(0.5)));
  CHECK(center(MovingRate::beta(4)) == center(MovingRate::alpha(1)));
}

TEST_CASE("a worker that joins late begins at the center, and is not stale") {
  History history;
  Trainer{LinearModel<double>{},
          Simulated{.workers = 2, .presence = {{.rank = 1, .from_seconds = 50}}},
          DcAsgd{.learning_rate = 0.1, .lambda = 1}}
      .train(line<double>(200), {.batch_size = 1}, history);
  REQUIRE(history.rows.size() == 200);
  for (const auto& row : history.rows) CHECK(row.staleness <= 1);
}

TEST_CASE("the spans of a worker fill its time, and the report counts them") {
  Spans spans;
  const auto trained = Trainer{LinearModel<float>{},
                               Simulated{.workers = 3,
                                         .step_time = LogNormalStep{},
                                         .link = {.latency_seconds = 0.7},
                                         .merge_seconds = 0.2},
                               Downpour{.period = 3, .overlap = 1}, sgd}
                           .train(line<float>(900), {.batch_size = 1}, spans);
  double computing = 0, waiting = 0;
  for (int worker = 0; worker < 3; ++worker) {
    std::vector<Span> own;
    for (const Span& span : spans.all) {
      if (span.worker == worker &&
          (span.activity == Activity::compute || span.activity == Activity::waiting))
        own.push_back(span);
    }
    std::ranges::sort(own, {}, &Span::begin_seconds);
    int steps = 0;
    for (std::size_t i = 0; i < own.size(); ++i) {
      CHECK(own[i].begin_seconds == (i == 0 ? 0 : own[i - 1].end_seconds));
      steps += own[i].steps;
    }
    CHECK(steps == 300);
    computing += spans.seconds(Activity::compute, worker);
    waiting += spans.seconds(Activity::waiting, worker);
    CHECK(spans.seconds(Activity::merge, worker) == doctest::Approx(0.2 * 100));
  }
  CHECK(trained.report.waiting_share == doctest::Approx(waiting / (waiting + computing)));
}

TEST_CASE("stale-synchronous workers are never further apart than the bound") {
  double waiting = 1;
  for (const int bound : {0, 2, 7}) {
    struct Clocks {
      std::vector<int> of = std::vector<int>(4);
      int apart = 0;
      void on(const Merged<double>& m) {
        ++of[static_cast<std::size_t>(m.worker)];
        const auto [low, high] = std::ranges::minmax(of);
        if (high < 50) apart = std::max(apart, high - low);  // no worker waits for a finished one
      }
    } clocks;
    const auto trained = Trainer{
        LinearModel<double>{}, Simulated{.workers = 4, .step_time = PerRankStep{{1, 1, 2, 8}}},
        Ssp{.bound = bound},
        Sgd{.learning_rate =
                0.02}}.train(line<double>(200), {.batch_size = 1}, clocks);
    CHECK(clocks.apart == bound + 1);  // a commit arrives before its worker waits
    CHECK(trained.report.waiting_share < waiting);
    waiting = trained.report.waiting_share;
  }
}

TEST_CASE("SSP with a bound of 0 is a full round: synchronous SGD on the sum of the gradients") {
  const auto trained = [](const auto& rule, double eta) {
    return Trainer{LinearModel<double>{}, Simulated{.workers = 4, .step_time = ExponentialStep{}},
                   rule, Sgd{.learning_rate = eta}}
        .train(line<double>(400), {.epochs = 5, .batch_size = 4, .seed = Seed{3}})
        .parameters();
  };
  CHECK((trained(Ssp{.bound = 0}, 0.02) - trained(SynchronousSgd{}, 4 * 0.02)).norm() < 1e-13);
}

TEST_CASE("step times have the distributions that they are named after") {
  Rng rng = Seed{1}.rng();
  const auto mean = [&](const auto& step) {
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += step(1, rng);
    return sum / 100'000;
  };
  CHECK(mean(FixedStep{2}) == 2);
  CHECK(mean(PerRankStep{{1, 3}}) == 3);
  CHECK(mean(ExponentialStep{2}) == doctest::Approx(2).epsilon(0.02));
  CHECK(mean(LogNormalStep{2, 0.5}) == doctest::Approx(2 * std::exp(0.125)).epsilon(0.01));
  CHECK(mean(TraceStep{{1, 2, 6}}) == doctest::Approx(3).epsilon(0.02));
}

TEST_CASE("a stop or an exception that ends a real run ends a simulated one") {
  struct DiskFull {
    void on(const Merged<float>& m) {
      if (m.version == 3) throw std::runtime_error{"disk full"};
    }
  } full;
  const Trainer trainer{LinearModel<float>{}, Simulated{.workers = 3}, Downpour{}, Sgd{}};
  CHECK_THROWS_WITH(trainer.train(line<float>(300), options, full), "disk full");

  struct Interrupt {
    std::stop_source source = {};
    void on(const Merged<float>& m) {
      if (m.version == 3) source.request_stop();
    }
  } interrupt;
  const auto trained = trainer.train(
      line<float>(300), {.epochs = 1'000'000, .stop = interrupt.source.get_token()}, interrupt);
  CHECK(trained.report.merges >= 3);
  CHECK(trained.report.merges <= 3 + 2 * 3);
}

TEST_CASE("bad settings of a simulation throw, and name the field") {
  const auto refuses = [](const auto& transport, const char* message) {
    CHECK_THROWS_WITH_AS(transport.validate(), message, std::invalid_argument);
  };
  refuses(Simulated{.workers = 0}, "Simulated::workers = 0, must be at least 1");
  refuses(Simulated{.step_time = FixedStep{-1}}, "FixedStep::seconds = -1, must be at least 0");
  refuses(Simulated{.workers = 2, .step_time = PerRankStep{{1}}},
          "PerRankStep::seconds = 1 entries, must be one for each worker");
  refuses(Simulated{.step_time = ExponentialStep{0}},
          "ExponentialStep::mean_seconds = 0, must be positive");
  refuses(Simulated{.step_time = LogNormalStep{.sigma = -1}},
          "LogNormalStep::sigma = -1, must be at least 0");
  refuses(Simulated{.step_time = TraceStep{}},
          "TraceStep::seconds = 0 entries, must be at least one");
  refuses(Simulated{.link = {.bytes_per_second = 0}},
          "Link::bytes_per_second = 0, must be positive");
  refuses(Simulated{.link = {.jitter_seconds = -1}},
          "Link::jitter_seconds = -1, must be at least 0");
  refuses(Simulated{.link = {.loss = 1}}, "Link::loss = 1, must be in [0, 1)");
  refuses(Simulated{.link = {.resend_seconds = 0}}, "Link::resend_seconds = 0, must be positive");
  refuses(Simulated{.merge_seconds = -1}, "Simulated::merge_seconds = -1, must be at least 0");
  refuses(Simulated{.workers = 2, .presence = {{.rank = 2}}},
          "Presence::rank = 2, must be the rank of a worker");
  refuses(Simulated{.workers = 2, .presence = {{.rank = 1}, {.rank = 1}}},
          "Presence::rank = 1, must be listed only once");
  refuses(Simulated{.presence = {{.from_seconds = 2, .until_seconds = 1}}},
          "Presence::until_seconds = 1, must be after from_seconds");
}
