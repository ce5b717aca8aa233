#pragma once

#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "limits.hpp"

/// The operations of an item, and the machine's limit for them.
struct Cost {
  double amount = 0;                   ///< Operations of an item, in units.
  std::string unit = {};               ///< Such as "GFLOP".
  std::function<double()> limit = {};  ///< Units a second.
};
inline Cost gigaflop(double amount) { return {amount, "GFLOP", peak_gflops}; }

/// One way to do a task.
struct Contestant {
  std::string workload;  ///< Each workload has a plot.
  std::string task;      ///< The same for all with this work; the first of them is the reference.
  std::string name;
  std::string items;             ///< Unit of the count, such as "samples", or "MB" of memory.
  std::function<double()> rate;  ///< Works for some 0.2 s; items a second, or MB.
  Cost cost = {};
};

/// The compiler and its flags.
inline std::string build() {
#ifdef __clang__
  const std::string compiler = __VERSION__;
#else
  const std::string compiler = "g++ " __VERSION__;
#endif
  return compiler + " " + BENCHMARK_FLAGS;
}

/// Reads the arguments --rounds N: 5 by default, and 0 with a message for other arguments.
inline int rounds_of(int argc, char** argv) {
  if (argc == 1) return 5;
  if (argc == 3 && std::string_view{argv[1]} == "--rounds") return std::atoi(argv[2]);
  std::cerr << "usage: " << argv[0] << " [--rounds N]\n";
  return 0;
}

/// Runs each contestant once a round, between two measurements of its limit, and prints a line of
/// JSON for each. So all contestants see the same state of a shared machine. report.py makes tables
/// of the lines.
inline int contest(int argc, char** argv, const std::vector<Contestant>& contestants) {
  const int rounds = rounds_of(argc, argv);
  for (int round = 0; round < rounds; ++round) {
    for (const auto& [workload, task, name, items, rate, cost] : contestants) {
      nlohmann::ordered_json line{{"workload", workload},
                                  {"task", task},
                                  {"contestant", name},
                                  {"build", build()},
                                  {"items", items}};
      const double before = cost.limit ? cost.limit() : 0;
      line["rate"] = rate();
      if (cost.amount > 0) {
        line["amount"] = cost.amount;
        line["unit"] = cost.unit;
      }
      if (cost.limit) line["limit"] = (before + cost.limit()) / 2;
      std::cout << line << std::endl;
    }
  }
  return rounds > 0 ? 0 : 2;
}
