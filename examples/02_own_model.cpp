// Your own model: any type with a loss and a gradient over a flat parameter vector. This one is a
// logistic regression, p = 1 / (1 + exp(−w·x − b)), with the parameters w and b.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tributary/tributary.hpp>

using namespace tributary;

struct LogisticRegression {
  using Scalar = double;
  using Batch = EventBatch<double>;  // features × events, and a label 0 or 1 each
  Index features = 0;

  Index parameter_count() const { return features + 1; }
  void initialize(View<double> parameters, Rng&) const { parameters.setZero(); }
  Loss loss_and_gradient(ConstView<double> p, const Batch& batch, View<double> gradient) const {
    const auto events = batch.features.cols();
    gradient.setZero();
    Loss loss = 0;
    for (Index e = 0; e < events; ++e) {
      const double z = p.head(features).dot(batch.features.col(e)) + p[features];
      const int label = batch.labels[static_cast<std::size_t>(e)];
      const double slope = 1 / (1 + std::exp(-z)) - label;
      gradient.head(features) += slope * batch.features.col(e);
      gradient[features] += slope;
      loss += std::log1p(std::exp(-std::abs(z))) + std::max(z, 0.0) - label * z;
    }
    gradient /= static_cast<double>(events);
    return loss / static_cast<double>(events);
  }
};
static_assert(Model<LogisticRegression>);

int main() {
  // Two clouds of events, one standard deviation on either side of 0 in the first feature only. The
  // logit of two such Gaussians is exactly 2 x, so the fit should find w = (2, 0) and b = 0.
  BasicEvents<double> events{.features = Matrix<double>(2, 20'000)};
  Rng rng = Seed{1}.rng();
  for (auto x : events.features.colwise()) {
    const int label = uniform(rng) < 0.5;
    x << normal(rng) + (label ? 1 : -1), normal(rng);
    events.labels.push_back(label);
  }

  const Trainer trainer{LogisticRegression{2}, InProcess{.workers = 2}, Averaging{.period = 8},
                        Adagrad{.learning_rate = 0.1}};
  const auto trained = trainer.train(events, {.epochs = 5, .batch_size = 32, .seed = Seed{2}});
  const Vector<double>& p = trained.parameters();
  std::printf("w = (%.3f, %.3f), b = %.3f\n", p[0], p[1], p[2]);
  return (p - Vector<double>{{2, 0, 0}}).norm() < 0.1 ? 0 : 1;
}
