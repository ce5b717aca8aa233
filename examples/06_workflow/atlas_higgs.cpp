#include "compare.hpp"
#include "data_sets.hpp"

#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <tributary/data/gzip.hpp>

using namespace tributary;

namespace {
/// The numbers of events behind the AMS. All data sets of the challenge are normalized to the same sums.
std::string ams_note(const Events& events) {
  constexpr double published_signal = 691.99, published_background = 410999.85;
  double signal = 0, background = 0;
  for (std::size_t i = 0; i < events.size(); ++i)
    (events.labels[i] == 1 ? signal : background) +=
        static_cast<double>(events.weights[static_cast<Index>(i)]);
  char text[256];
  std::snprintf(text, sizeof text, "AMS: of %.1f signal and %.0f background events expected",
                signal, background);
  const bool whole = std::abs(signal / published_signal - 1) < 0.01 &&
                     std::abs(background / published_background - 1) < 0.01;
  return whole ? std::string{text} + ", as in the challenge."
               : std::string{text} +
                     ". It does not compare with published figures: those are of 692 and 411000,\n"
                     "and this file is only a part of the challenge's data.";
}
}  // namespace

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
  const auto preprocessing = Preprocessing::fit(sample.training, {.impute = Imputation::mean});
  preprocessing.apply(sample.training);
  preprocessing.apply(sample.test);
  // The AMS is about all collisions, so the weights of each part stand for the whole, class by class.
  for (Events* part : {&sample.training, &sample.test}) scale_class_weights(*part, events);
  sample.training_weights = std::exchange(sample.training.weights, {});
  sample.test_weights = std::exchange(sample.test.weights, {});
  sample.ams_note = ams_note(events);

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
