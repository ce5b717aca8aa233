// The costs and savings of the codecs of Tcp: a net learns Fashion-MNIST by DOWNPOUR, with commits
// and replies in each of them. Debian has the images in dataset-fashion-mnist.
//
// It prints one line of JSON for each codec and round, for report.py: bytes per exchange, accuracy
// on the test images, and milliseconds of an exchange with one worker that does nothing else. The
// time is measured over loopback, and with the additional time of a 1 Gbit/s link.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <tributary/codec/int8.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/codec/top_k.hpp>
#include <tributary/codec/zstd.hpp>
#include <tributary/data/idx.hpp>
#include <tributary/transport/tcp.hpp>
#include <tributary/tributary.hpp>
#include <vector>

#include "contest.hpp"
#include "pusher.hpp"

using namespace tributary;

namespace {

const Sequential net{Dense<784, 256>{}, Relu{}, Dense<256, 10>{}, SoftmaxCrossEntropy{}};
constexpr int epochs = 5, batch_size = 32;
const Downpour rule{.period = 10};
const Scheduled optimizer{Adagrad{.learning_rate = 0.01},
                          CosineDecay{.steps = epochs * 60'000 / batch_size / 2}};

struct Task {
  Events training, test;
  Vector<float> begin = {}, commit = {};  ///< Parameters, and a worker's commit at them.
};
Task make_task(const std::filesystem::path& folder) {
  const auto read = [&](const std::string& part) {
    return read_idx(folder / (part + "-images-idx3-ubyte.gz"),
                    folder / (part + "-labels-idx1-ubyte.gz"));
  };
  Task task{.training = read("train"), .test = read("t10k")};
  const auto scaler = StandardScaler::fit(task.training);
  scaler.apply(task.training);
  scaler.apply(task.test);

  const Events few = split(task.training, 10.0 * batch_size / 60'000).first;
  const auto after = [&](int many) {
    return Trainer{net, InProcess{}, Independent{}, optimizer}
        .train(few, {.epochs = many, .batch_size = batch_size})
        .parameters();
  };
  task.begin = after(1);
  task.commit = after(2) - task.begin;
  return task;
}

/// When commits went in.
struct Merges {
  std::vector<double> seconds;
  void on(const Span& span) {
    if (span.activity == Activity::merge) seconds.push_back(span.end_seconds);
  }
};

/// The median time of an exchange with a worker that does nothing else.
template <class T>
double exchange_seconds(const T& tcp, const Task& task) {
  constexpr int exchanges = 200;
  Merges merges;
  ObserverList<Merges> watching{merges};
  const auto make_half = [](const Vector<float>&) { return AddingCenter<float>{}; };
  Center<float, Schedule::asynchronous, AddingCenter<float>, ObserverList<Merges>> center{
      make_half, task.begin, 1, watching};
  const auto ledger = [](int) { return Ledger{std::vector<std::uint64_t>{exchanges}, 1, false}; };
  Pusher pusher{0, task.commit, exchanges};
  AnyWorker<float>* const local[]{&pusher};
  tcp.meet(RunPlan{{}, ledger}, task.begin).run(center, local, {});

  std::vector<double>& times = merges.seconds;
  std::adjacent_difference(times.begin(), times.end(), times.begin());
  const auto middle = times.begin() + exchanges / 2;
  std::nth_element(times.begin() + 1, middle, times.end());
  return *middle;
}

template <class Commit, class Reply>
void measure(const std::string& name, const Task& task, std::uint64_t round) {
  using Transport = BasicTcp<Commit, Reply>;
  const auto trained = Trainer{net, Transport::local(2), rule, optimizer}.train(
      task.training, {.epochs = epochs, .batch_size = batch_size, .seed = Seed{round}});
  const RunReport& report = trained.report;
  const double bytes = static_cast<double>(report.bytes) / static_cast<double>(report.merges);
  const double seconds = exchange_seconds(Transport::local(1), task);
  std::cout << nlohmann::ordered_json{{"workload", "codecs"},
                                      {"contestant", name},
                                      {"build", build()},
                                      {"figures",
                                       {{"kB an exchange", bytes / 1e3},
                                        {"accuracy",
                                         accuracy(predict(trained, task.test), task.test)},
                                        {"ms at 1 Gbit/s", (seconds + bytes * 8 / 1e9) * 1e3},
                                        {"ms on loopback", seconds * 1e3}}}}
            << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (!exists(folder)) {
    std::cerr << "codecs_tcp is left out: there is no " << folder.string() << '\n';
    return 0;
  }
  const Task task = make_task(folder);
  const int rounds = rounds_of(argc, argv);
  for (int n = 0; n < rounds; ++n) {
    const auto round = static_cast<std::uint64_t>(n);
    measure<Float32, Float32>("Float32, Float32", task, round);
    measure<Float64, Float64>("Float64, Float64", task, round);
    measure<Float16, Float16>("Float16, Float16", task, round);
    measure<BFloat16, BFloat16>("BFloat16, BFloat16", task, round);
    measure<Int8, Float16>("Int8, Float16", task, round);
    measure<OneBit, Float16>("OneBit, Float16", task, round);
    measure<TopK, Float16>("TopK, Float16", task, round);
    measure<Zstd<Float32>, Zstd<Float32>>("Zstd<Float32>, Zstd<Float32>", task, round);
    measure<Zstd<Int8>, Zstd<Float16>>("Zstd<Int8>, Zstd<Float16>", task, round);
    measure<Zstd<TopK>, Zstd<Float16>>("Zstd<TopK>, Zstd<Float16>", task, round);
  }
  return rounds > 0 ? 0 : 2;
}
