#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// The command line. Where a field is empty, the data set has a default of its own.
struct Options {
  std::filesystem::path csv = {};  ///< File of the ATLAS Higgs challenge. Empty: Fashion-MNIST.
  std::filesystem::path fashion_mnist = "/usr/share/datasets/fashion-mnist";
  std::vector<std::string> trainers = {};
  std::vector<int> windows = {5, 32};
  std::string transport = "threads";
  int workers = 2;
  std::optional<int> epochs = {};
  int batch_size = 32;
  std::optional<double> training_share = {};
  int repeats = 1;
  std::uint64_t seed = 42;
  std::filesystem::path output = "results";

  bool trains(const std::string& name) const {
    return std::ranges::find(trainers, name) != trainers.end();
  }
};

/// Reads the command line. A wrong one throws std::invalid_argument with one line that names the fault.
/// For --help it prints the help and returns nothing.
std::optional<Options> parse_options(int argc, char** argv);
