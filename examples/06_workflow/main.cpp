// The notebook of Distributed Keras (2016) as a program: read a data set, look at it, assemble and
// scale its features, split it, define a net, train it by several rules, and compare.
#include <exception>
#include <filesystem>
#include <iostream>
#include <tributary/core/file.hpp>
#include <tributary/observe/save_plot.hpp>
#include <vector>

#include "data_sets.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "report.hpp"

int main(int argc, char** argv) try {
  const auto options = parse_options(argc, argv);
  if (!options) return 0;
  std::filesystem::create_directories(options->output);

  const Interrupt interrupt;
  std::vector<Comparison> splits;
  for (int repeat = 0; repeat < options->repeats; ++repeat) {
    if (interrupt.token().stop_requested()) break;
    splits.push_back(options->csv.empty()
                         ? compare_on_fashion_mnist(*options, interrupt.token(), repeat)
                         : compare_on_atlas_higgs(*options, interrupt.token(), repeat));
  }
  if (!splits.empty() && !splits.front().empty()) {  // only the hub has runs to report
    std::cout << '\n' << table(splits);
    const auto history = options->output / "history.json", picture = options->output / "loss.svg";
    tributary::write_file_atomically(history, history_json(splits, *options));
    std::vector<tributary::PlottedRun> curves;
    curves.reserve(splits.front().size());
    for (const Run& run : splits.front())
      curves.push_back({.name = run.trainer, .variant = run.variant(), .history = &run.history});
    tributary::save_plot(picture, curves);
    std::cout << "\nWrote " << history.string() << " and " << picture.string() << '\n';
  }
  if (!interrupt.token().stop_requested()) return 0;
  std::cerr << "workflow: interrupted, the last run is not complete\n";
  return 130;
} catch (const std::exception& error) {
  std::cerr << "workflow: " << error.what() << '\n';
  return 2;
}
