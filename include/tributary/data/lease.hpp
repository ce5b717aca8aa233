// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tributary::inline v0_1 {

/// A piece of the work of one share of the rows: the steps [begin, end) among those of all epochs.
/// Any worker can do it, as the seed determines its batches.
struct Lease {
  int share = 0;
  std::uint64_t begin = 0, end = 0;

  bool operator==(const Lease&) const = default;
};

}  // namespace tributary::inline v0_1
