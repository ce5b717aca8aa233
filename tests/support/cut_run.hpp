#pragma once

#include <doctest/doctest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <tributary/core/random.hpp>
#include <tributary/observe/history.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/checkpoint_options.hpp>

#include "support/temporary_folder.hpp"

namespace tributary::test {

/// The end of a program in the middle of a run, as far as its files are concerned.
struct Cut : std::runtime_error {
  Cut() : std::runtime_error{"cut"} {}
};
template <Real S>
struct Cutter {
  std::uint64_t at = 0;     ///< The merge after which the run is cut.
  std::uint64_t first = 0;  ///< The first merge in this process.
  void on(const Merged<S>& merged) {
    if (first == 0) first = merged.version;
    if (merged.version == at) throw Cut{};
  }
};

/// Trains without a break, and `times` times with random cuts after which a new process would go on.
/// All have the same bits, and the same history of losses. `train(checkpoint, observers...)`.
template <Real S, class Train>
void check_cuts(const Train& train, int times, Seed seed) {
  History whole;
  const auto expected = train(CheckpointOptions{}, whole);
  REQUIRE(expected.report.merges > 10);
  Rng rng = seed.rng();
  const auto random = [&](std::uint64_t most) {
    return 1 + static_cast<std::uint64_t>(uniform(rng) * static_cast<double>(most));
  };
  int resumed = 0;
  for (int i = 0; i < times; ++i) {
    CAPTURE(i);
    const TemporaryFolder folder;
    const CheckpointOptions checkpoint{.file = folder.path / "run.tck",
                                       .every_merges = random(expected.report.merges / 8)};
    Cutter<S> cutter;
    for (int cuts = 0;; ++cuts) {
      REQUIRE(cuts < 100);
      resumed += cutter.first > 1;
      cutter.first = 0;
      cutter.at += random(expected.report.merges / 4);
      History history;
      try {
        const auto trained = train(checkpoint, history, cutter);
        CHECK(trained.parameters() == expected.parameters());
        CHECK(trained.report.merges == expected.report.merges);
        CHECK(trained.report.events == expected.report.events);
        REQUIRE(history.rows.size() == whole.rows.size());
        for (std::size_t row = 0; row < whole.rows.size(); ++row)
          CHECK(std::bit_cast<std::uint64_t>(history.rows[row].loss) ==
                std::bit_cast<std::uint64_t>(whole.rows[row].loss));  // may be NaN
        break;
      } catch (const Cut&) {
      }
    }
  }
  CHECK(resumed >= times);  // not every process began anew
}

}  // namespace tributary::test
