#include <cstdio>
#include <tributary/tributary.hpp>

using namespace tributary;

int main() {
  Events points{.features = Matrix<float>(2, 20'000)};
  Rng rng = Seed{1}.rng();
  for (auto x : points.features.colwise()) {  // class 1: inside a circle with a blurred edge
    x << static_cast<float>(normal(rng)), static_cast<float>(normal(rng));
    points.labels.push_back(x.norm() + 0.1 * normal(rng) < 1.2);
  }
  const auto [training, test] = split(points, 0.8);
  const Sequential net{Dense<2, 32>{}, Relu{}, Dense<32, 2>{}, SoftmaxCrossEntropy{}};
  const Trainer trainer{net, InProcess{.workers = 4}, Averaging{.period = 8}, Adam{}};
  const auto trained = trainer.train(training, {.epochs = 20, .batch_size = 32, .seed = Seed{2}});
  const auto scores = predict(trained, test);
  std::printf("accuracy %.3f, AUC %.3f after %d rounds of 4 workers\n", accuracy(scores, test),
              roc_auc(scores, test), static_cast<int>(trained.report.merges));
}
