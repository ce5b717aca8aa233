// Your own rule: FedAsync (Xie et al. 2019, arXiv:1903.03934, Algorithm 1). The center moves towards the
// parameters that a worker commits, the less the staler they are:
//
//   θ̃ ← (1 − α) θ̃ + α θ  with  α = mixing · (staleness + 1)^−decay
//
// It trains on a simulated cluster where some steps take long, and is compared with averaging.
#include <cmath>
#include <cstdio>
#include <tributary/tributary.hpp>

using namespace tributary;

struct FedAsync {  // for models of float
  static constexpr Schedule schedule = Schedule::asynchronous;
  int period = 8;   // local steps between two commits
  int overlap = 0;  // how many of them run while a commit is in flight
  double mixing = 0.6, decay = 0.5;

  struct WorkerPart {
    void prepare(ConstView<float> parameters, View<float> commit) const { commit = parameters; }
    void adopt(View<float> parameters, ConstView<float> commit, ConstView<float> reply) const {
      parameters = reply + (parameters - commit);  // keep the steps taken in flight
    }
  };
  struct CenterPart {
    double mixing, decay;
    void merge(View<float> center, ConstView<float> commit, MergeInfo info,
               View<float> reply) const {
      const double age = static_cast<double>(info.staleness) + 1;
      center += static_cast<float>(mixing * std::pow(age, -decay)) * (commit - center);
      reply = center;
    }
  };
  WorkerPart make_worker_half(const Vector<float>&, int) const { return {}; }
  CenterPart make_center_half(const Vector<float>&, int) const { return {mixing, decay}; }
  void validate(int) const {
    check_window("FedAsync", period, overlap);
    require(mixing > 0 && mixing <= 1, "FedAsync::mixing", mixing, "in (0, 1]");
    require(decay >= 0, "FedAsync::decay", decay, "at least 0");
  }
};
static_assert(UpdateRule<FedAsync, float>);

int main() {
  Events points{.features = Matrix<float>(2, 20'000)};
  Rng rng = Seed{1}.rng();
  for (auto x : points.features.colwise()) {  // class 1: above a wave
    x << static_cast<float>(normal(rng)), static_cast<float>(normal(rng));
    points.labels.push_back(x[1] > std::sin(3 * x[0]));
  }
  const auto [training, test] = split(points, 0.8);
  const Sequential net{Dense<2, 32>{}, Relu{}, Dense<32, 2>{}, SoftmaxCrossEntropy{}};
  const Simulated cluster{.workers = 8, .step_time = ExponentialStep{.mean_seconds = 1e-3}};

  const auto train = [&](const char* name, const auto& rule) {
    const Trainer trainer{net, cluster, rule, Adam{.learning_rate = 0.02}};
    const auto trained = trainer.train(training, {.epochs = 30, .batch_size = 20, .seed = Seed{2}});
    const double reached = accuracy(predict(trained, test), test);
    std::printf("%-9s accuracy %.3f after %.2f s, of which workers waited %2.0f %%\n", name,
                reached, trained.report.seconds, 100 * trained.report.waiting_share);
    return std::pair{reached, trained.report.seconds};
  };
  const auto [average, slow] = train("averaging", Averaging{.period = 8});
  const auto [ours, fast] = train("FedAsync", FedAsync{});
  return ours > 0.96 && ours > average - 0.01 && fast < 0.8 * slow ? 0 : 1;
}
