// Your own observer: it takes the mean of all centers in the second half of a run, and puts it in the
// place of the last center (Polyak and Juditsky 1992). With a constant learning rate the last center
// jumps about the minimum of the loss, and the mean is much closer to it.
#include <cstdio>
#include <tributary/tributary.hpp>

using namespace tributary;

struct PolyakMean {
  std::uint64_t all = 0;  // events in the whole run
  double centers = 0;     // in the mean
  Vector<double> mean = {};

  void on(const Started& run) {
    *this = {.all = run.events, .mean = Vector<double>::Zero(run.parameters)};
  }
  void on(const Merged<float>& merged) {  // calls never overlap, so it needs no lock
    if (merged.events <= all / 2) return;
    mean += (merged.center.cast<double>() - mean) / ++centers;
  }
  void choose(std::vector<Vector<float>>& models) const {  // after the last merge
    if (centers > 0) models.front() = mean.cast<float>();
  }
};
static_assert(Observer<PolyakMean, float> && ChoosesResult<PolyakMean, float>);

int main() {
  // The target is the sum of ten features, measured with an error of 1.
  constexpr Index features = 10, count = 20'000;
  Events events{.features = Matrix<float>(features, count)};
  Rng rng = Seed{1}.rng();
  for (float& x : events.features.reshaped()) x = static_cast<float>(normal(rng));
  const Matrix<float> truth = events.features.colwise().sum();
  events.targets = truth;
  for (float& y : events.targets.reshaped()) y += static_cast<float>(normal(rng));

  const Sequential net{Dense<features, 1>{}, MeanSquaredError{}};
  const Trainer trainer{net, InProcess{.workers = 2}, Averaging{.period = 4},
                        Sgd{.learning_rate = 0.05}};
  const TrainOptions options{.epochs = 4, .batch_size = 10, .seed = Seed{2}};
  const auto error = [&](const auto& trained) {
    return (predict(trained, events) - truth).norm() / truth.norm();
  };
  const double last = error(trainer.train(events, options));
  PolyakMean observer;
  const double mean = error(trainer.train(events, options, observer));
  std::printf("error of the last center %.4f, of the mean of %.0f centers %.4f\n", last,
              observer.centers, mean);
  return mean < last / 3 ? 0 : 1;
}
