#include "options.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <stdexcept>

namespace {
const std::vector<std::string> every_trainer{"single",   "aeasgd",    "eamsgd", "downpour",
                                             "adag",     "averaging", "dynsgd", "sync-easgd",
                                             "sync-sgd", "ensemble"};
const std::vector<std::string> compared{"single", "aeasgd",    "eamsgd",
                                        "adag",   "averaging", "downpour"};
}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  options.trainers = compared;
  CLI::App app{
      "Trains one classifier by several data-parallel rules, and compares their\n"
      "accuracy, F1 and training time. Ctrl-C ends it with the results so far.",
      "workflow"};
  app.add_option("--csv", options.csv,
                 "training.csv of the ATLAS Higgs challenge, or its first rows; .gz too\n"
                 "(without it: Fashion-MNIST)");
  app.add_option("--fashion-mnist", options.fashion_mnist, "folder of the IDX files")
      ->capture_default_str();
  app.add_option("--trainers", options.trainers,
                 "which ones, of: " + CLI::detail::join(every_trainer))
      ->delimiter(',')
      ->check(CLI::IsMember(every_trainer))
      ->capture_default_str();
  app.add_option("--windows", options.windows,
                 "communication windows: local steps between two exchanges")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--transport", options.transport,
                 "threads, or tcp: a hub and workers in this process, over loopback; or this\n"
                 "process is one of several with the same options, if it is a task of srun or\n"
                 "mpirun, or TRIBUTARY_ROLE is hub, with their number in TRIBUTARY_WORKERS, or\n"
                 "worker. The hub has the report.")
      ->check(CLI::IsMember({"threads", "tcp"}))
      ->capture_default_str();
  app.add_option("--workers", options.workers, "how many train together in this process")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "passes over the training data")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--batch-size", options.batch_size, "events a step")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--training-share", options.training_share,
                 "part of the events to train on; the rest is for testing")
      ->check(CLI::Range(0.01, 0.99));
  app.add_option("--repeats", options.repeats,
                 "splits of the data, from seeds that follow one another; the table has the means")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of all randomness")->capture_default_str();
  app.add_option("--output", options.output, "folder for history.json and loss.svg")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument{std::string{error.what()} + " (--help lists the options)"};
  }
  return options;
}
