#include <tributary/data/shares.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support/moved_rows.hpp"

using namespace tributary;

namespace {
using Rows = test::NumberedRows;
}  // namespace

TEST_CASE("the batches from a step on continue those before it") {
  for (const std::size_t rows : {3u, 10u, 47u}) {
    const Rows data{rows};
    const Shares shares{data, 3, 4, Seed{5}};
    for (int share = 0; share < 3; ++share) {
      auto from_begin = shares.batches(share);
      for (std::uint64_t step = 0; step < 5 * shares.steps_per_epoch(); ++step) {
        CAPTURE(rows);
        CAPTURE(step);
        auto after = from_begin;  // continues, while another begins here
        auto from_here = shares.batches(share, step);
        for (int i = 0; i < 9; ++i) {
          REQUIRE(from_here.next() == after.next());
          REQUIRE(from_here.events() == after.events());
        }
        from_begin.next();
      }
    }
  }
}

TEST_CASE("the shares' batches of an epoch have each row once, in any number of pieces") {
  for (const std::size_t rows : {4u, 17u, 60u}) {
    const Rows data{rows};
    const Shares shares{data, 4, 2, Seed{6}};
    for (std::uint64_t piece = 1; piece < 9; ++piece) {
      std::vector<int> times(rows, 0);
      for (int share = 0; share < 4; ++share) {
        const std::uint64_t epoch = shares.steps_per_epoch();
        for (std::uint64_t begin = epoch; begin < 2 * epoch; begin += piece) {  // the second one
          auto batches = shares.batches(share, begin);
          for (std::uint64_t i = begin; i < std::min(begin + piece, 2 * epoch); ++i)
            for (const std::size_t row : batches.next()) ++times[row];
        }
      }
      CHECK(times == std::vector<int>(rows, 1));
    }
  }
}

TEST_CASE("all shares have the same number of steps, and no batch is larger than batch_size") {
  for (const std::size_t rows : {9u, 64u, 65u, 1000u}) {
    for (const int workers : {1, 2, 3, 8}) {
      for (const int batch_size : {1, 2, 7, 2000}) {
        CAPTURE(rows);
        CAPTURE(workers);
        CAPTURE(batch_size);
        const Rows data{rows};
        const Shares shares{data, workers, batch_size, Seed{7}};
        const std::uint64_t steps = shares.steps_per_epoch();
        std::size_t smallest = rows;
        for (int share = 0; share < workers; ++share) {
          auto batches = shares.batches(share);
          std::size_t of_epoch = 0, over = 0;
          for (std::uint64_t i = 0; i < steps; ++i) {
            const std::size_t events = batches.next().size();
            of_epoch += events;
            CHECK(events >= 1);
            smallest = std::min(smallest, events);
            over += events > static_cast<std::size_t>(batch_size);
            CHECK(events <= static_cast<std::size_t>(std::max(2, batch_size)));
          }
          const auto mean = rows / static_cast<std::size_t>(workers);
          CHECK(of_epoch - mean <= 1);
          CHECK(over == (batch_size == 1 ? of_epoch - mean : 0));  // two rows for one
        }
        CHECK(shares.smallest_batch() == smallest);
      }
    }
  }
}
