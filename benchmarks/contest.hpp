#pragma once

#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "limits.hpp"

/// What an item costs the machine, and how fast the machine is at that.
struct Cost {
  double amount = 0;                   ///< Of an item, in units.
  std::string unit = {};               ///< Such as "GFLOP".
  std::function<double()> limit = {};  ///< Units a second.
};
inline Cost gigaflop(double amount) { return {amount, "GFLOP", peak_gflops}; }

/// One way to do a task.
struct Contestant {
  std::string workload;  ///< One picture each.
  std::string task;      ///< In it, what the same work is; its first contestant is the measure.
  std::string name;
  std::string items;             ///< What is counted, such as "samples"; or "MB" of memory.
  std::function<double()> rate;  ///< Works for some 0.2 s; items a second, or MB.
  Cost cost = {};
};

/// Lets all of them work once a round, each between two measurements of its limit, and prints a line
/// of JSON for each: those who are compared meet the same moods of the machine. report.py makes
/// tables of the lines. Arguments: --rounds N, 5 by default.
inline int contest(int argc, char** argv, const std::vector<Contestant>& contestants) {
  const bool counted = argc == 3 && std::string_view{argv[1]} == "--rounds";
  if (argc != 1 && !counted) {
    std::cerr << "usage: " << argv[0] << " [--rounds N]\n";
    return 2;
  }
#ifdef __clang__
  const std::string compiler = __VERSION__;
#else
  const std::string compiler = "g++ " __VERSION__;
#endif
  for (int rounds = counted ? std::atoi(argv[2]) : 5; rounds > 0; --rounds) {
    for (const auto& [workload, task, name, items, rate, cost] : contestants) {
      nlohmann::ordered_json line{{"workload", workload},
                                  {"task", task},
                                  {"contestant", name},
                                  {"build", compiler + " " + BENCHMARK_FLAGS},
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
  return 0;
}
