#include "compare.hpp"
#include "data_sets.hpp"

#include <stdexcept>
#include <tributary/data/gzip.hpp>

using namespace tributary;

Comparison compare_on_atlas_higgs(const Options& options, std::stop_token stop, int repeat) {
  constexpr Index features = 30;
  const CsvOptions format{.missing = -999.0};
  const CsvTable table = options.csv.extension() == ".gz" ? read_csv(gunzip(options.csv), format)
                                                          : read_csv(options.csv, format);
  const Events events = assemble(
      table, {.label = "Label", .weight = "Weight", .drop = {"EventId"}, .classes = {"b", "s"}});
  if (events.features.rows() != features) {
    throw std::invalid_argument{options.csv.string() + ": " +
                                std::to_string(events.features.rows()) +
                                " features, but this program was compiled for the " +
                                std::to_string(features) + " of the ATLAS Higgs challenge"};
  }

  const Seed seed{options.seed + static_cast<std::uint64_t>(repeat)};
  Sample sample;
  std::tie(sample.training, sample.test) =
      stratified_split(events, options.training_share.value_or(0.8), seed);
  const auto scaler = StandardScaler::fit(sample.training);
  const auto imputer = Imputer::constant(sample.training, 0);  // the mean, once scaled
  for (Events* part : {&sample.training, &sample.test}) {
    scaler.apply(*part);
    imputer.apply(*part);
  }
  // The AMS is that of all collisions: each part's weights stand for the whole.
  const float whole = events.weights.sum();
  sample.training_weights = sample.training.weights * (whole / sample.training.weights.sum());
  sample.test_weights = sample.test.weights * (whole / sample.test.weights.sum());
  sample.training.weights.resize(0);
  sample.test.weights.resize(0);

  const Sequential net{Dense<features, 500>{}, Relu{}, Dropout{.rate = 0.4f},
                       Dense<500, 500>{},      Relu{}, Dense<500, 2>{},
                       SoftmaxCrossEntropy{}};
  if (repeat == 0) {
    std::cout << table.schema() << '\n'
              << "Training on " << sample.training.size() << " events, testing on "
              << sample.test.size() << "\n\n"
              << summary(net) << '\n';
  }
  return compare(net, sample,
                 {.epochs = 20, .adagrad_learning_rate = 0.02, .nesterov_learning_rate = 0.01},
                 options, seed, stop);
}
