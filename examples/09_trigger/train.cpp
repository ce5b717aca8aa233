// From training to a trigger, first step: writes events.csv, learns from it, and writes net.json.
//
//   trigger_train DIRECTORY

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <tributary/inference/json.hpp>
#include <tributary/tributary.hpp>

#include "net.hpp"

using namespace tributary;

constexpr double missing = -999;

/// Jets as a detector might have seen them: each feature has its own unit, and some are missing.
static void write_jets(const std::filesystem::path& path, int count) {
  std::ofstream csv{path};
  csv << "label";
  for (Index i = 0; i < Net::inputs(); ++i) csv << ",f" << i;
  Rng rng = Seed{1}.rng();
  for (int jet = 0; jet < count; ++jet) {
    const Index label = jet % Net::outputs();
    csv << '\n' << label;
    for (Index i = 0; i < Net::inputs(); ++i) {
      const double mean = i % Net::outputs() == label ? 1.6 : 0;
      const double feature = (mean + normal(rng)) * static_cast<double>(i + 1) + 50;
      csv << ',' << (uniform(rng) < 0.02 ? missing : feature);
    }
  }
  if (!csv.flush()) throw FileError{path.string() + ": cannot be written"};
}

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "trigger_train DIRECTORY\n");
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  create_directories(directory);
  write_jets(directory / "events.csv", 20'000);
  const CsvTable table = read_csv(directory / "events.csv", {.missing = missing});
  auto [training, test] = split(shuffle(assemble(table, {.label = "label"}), Seed{1}), 0.8);
  const auto preprocessing = Preprocessing::fit(training, {.impute = Imputation::mean});
  preprocessing.apply(training);
  preprocessing.apply(test);

  const Net net{{}, {}, {}, {}, {}, {}, {}, {}};
  const Trainer trainer{net, InProcess{.workers = 2}, Easgd{.period = 8},
                        Adam{.learning_rate = 0.002}};
  const auto trained = trainer.train(training, {.epochs = 5, .batch_size = 32, .seed = Seed{1}});
  const double reached = accuracy(predict(trained, test), test);
  // With its preprocessing, so that the trigger takes events as they were measured.
  save_model(directory / "net.json", saved_model(trained, preprocessing));
  std::printf("accuracy %.3f\n", reached);
  return reached > 0.8 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "trigger_train: %s\n", error.what());
  return 2;
}
