// The limits of one core that the other benchmarks are measured against.

#include <cstddef>
#include <string>
#include <vector>

#include "contest.hpp"

int main(int argc, char** argv) {
  std::vector<Contestant> contestants{
      {"machine", "multiply-adds of floats", "one core", "GFLOP", peak_gflops}};
  // In the first, second and third cache of most CPUs, and in none.
  for (const int kibibytes : {16, 512, 8 << 10, 256 << 10}) {
    const std::string size = std::to_string(kibibytes) + " KiB";
    const auto bytes = static_cast<std::size_t>(kibibytes) << 10;
    contestants.push_back(
        {"machine", "reads of " + size, "one core", "GB", [=] { return read_gigabytes(bytes); }});
    contestants.push_back({"machine", "rewrites of " + size, "one core", "GB",
                           [=] { return rewrite_gigabytes(bytes); }});
  }
  return contest(argc, argv, contestants);
}
