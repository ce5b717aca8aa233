#include <tributary/data/partition.hpp>

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace tributary;

TEST_CASE("the shares of the workers have every row once, and differ by at most one row") {
  for (const std::size_t rows : {1u, 7u, 64u, 65u, 1000u}) {
    for (const int workers : {1, 2, 3, 8}) {
      if (rows < static_cast<std::size_t>(workers)) continue;
      const Partition partition{rows, workers, Seed{3}};
      std::multiset<std::size_t> seen;
      for (int rank = 0; rank < workers; ++rank) {
        const auto share = partition.share(rank);
        CHECK(share.size() >= rows / static_cast<std::size_t>(workers));
        CHECK(share.size() <= rows / static_cast<std::size_t>(workers) + 1);
        for (std::size_t i = 0; i < share.size(); ++i) seen.insert(share[i]);
      }
      CHECK(seen.size() == rows);
      CHECK(std::set<std::size_t>(seen.begin(), seen.end()).size() == rows);
    }
  }
}
