// The limits of one core that the other benchmarks are measured against.

#include <cstddef>
#include <string>
#include <vector>

#include "contest.hpp"

int main(int argc, char** argv) {
  std::vector<Contestant> contestants{
      {"machine", "multiply-adds of floats", "one core", "GFLOP", peak_gflops}};
  // In the first, second and third cache of most CPUs, and in none.
  for (const std::size_t kibibytes : {16, 512, 8 << 10, 256 << 10}) {
    contestants.push_back({"machine", "reads of " + std::to_string(kibibytes) + " KiB", "one core",
                           "GB", [kibibytes] { return read_gigabytes(kibibytes << 10); }});
  }
  return contest(argc, argv, contestants);
}
