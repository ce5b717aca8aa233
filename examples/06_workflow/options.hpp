#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// What a user may choose; the defaults depend on the data set where a field is empty.
struct Options {
  std::filesystem::path csv = {};  ///< Of the ATLAS Higgs challenge; empty: Fashion-MNIST.
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

/// Reads the command line. Throws std::invalid_argument with one line that says what is wrong;
/// gives nothing when help was asked for and printed.
std::optional<Options> parse_options(int argc, char** argv);
