// A fit without a net: a peak over a falling background, by least χ². The dataset is a histogram, a row
// is a bin of it, and the loss of the model is χ² per bin. Four workers share the bins.
#include <cmath>
#include <cstdio>
#include <span>
#include <tributary/tributary.hpp>
#include <vector>

using namespace tributary;

struct Histogram {
  struct Bin {
    double mass, content;
  };
  using Batch = std::vector<Bin>;
  std::vector<Bin> bins;

  std::size_t size() const { return bins.size(); }
  void gather(std::span<const std::size_t> rows, Batch& out) const {
    out.clear();
    for (const std::size_t row : rows) out.push_back(bins[row]);
  }
};

/// n(m) = s exp(−(m − µ)² / 2σ²) + b exp(−(m − 91) / 20), fitted in units where all are near 1:
/// the parameters are s / 100, b / 100, µ − 91, log σ.
struct Peak {
  using Scalar = double;
  using Batch = Histogram::Batch;

  Index parameter_count() const { return 4; }
  void initialize(View<double> p, Rng&) const { p << 1, 1, 0, 1; }
  Loss loss_and_gradient(ConstView<double> p, const Batch& bins, View<double> gradient) const {
    gradient.setZero();
    Loss loss = 0;
    for (const auto& [mass, content] : bins) {
      const double sigma = std::exp(p[3]), pull = (mass - 91 - p[2]) / sigma;
      const double peak = 100 * std::exp(-pull * pull / 2), tail = 100 * std::exp((91 - mass) / 20);
      const double miss = p[0] * peak + p[1] * tail - content, variance = std::max(content, 1.0);
      const double slope = 2 * miss / variance;
      gradient[0] += slope * peak;
      gradient[1] += slope * tail;
      gradient[2] += slope * p[0] * peak * pull / sigma;
      gradient[3] += slope * p[0] * peak * pull * pull;
      loss += miss * miss / variance;
    }
    gradient /= static_cast<double>(bins.size());
    return loss / static_cast<double>(bins.size());
  }
};

int main() {
  Histogram histogram;  // s = 300, b = 50, µ = 90.5, σ = 2.5, with statistical fluctuations
  Rng rng = Seed{1}.rng();
  for (double mass = 71; mass < 111; mass += 0.25) {
    const double pull = (mass - 90.5) / 2.5;
    const double mean = 300 * std::exp(-pull * pull / 2) + 50 * std::exp((91 - mass) / 20);
    histogram.bins.push_back({mass, mean + std::sqrt(mean) * normal(rng)});
  }
  const auto trained =
      Trainer{Peak{}, InProcess{.workers = 4}, SynchronousSgd{}, Adam{.learning_rate = 0.01}}.train(
          histogram, {.epochs = 1500, .batch_size = 10});
  const Vector<double>& p = trained.parameters();
  const double s = 100 * p[0], b = 100 * p[1], mean = 91 + p[2], sigma = std::exp(p[3]);
  std::printf("s = %.0f, b = %.0f, mean = %.2f, sigma = %.2f GeV (true: 300, 50, 90.50, 2.50)\n", s,
              b, mean, sigma);
  const bool right = std::abs(s - 300) < 15 && std::abs(b - 50) < 5 &&
                     std::abs(mean - 90.5) < 0.15 && std::abs(sigma - 2.5) < 0.15;
  return right ? 0 : 1;
}
