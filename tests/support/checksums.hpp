#pragma once

#include <cstdint>
#include <tributary/observe/observer.hpp>
#include <tributary/transport/recording.hpp>
#include <vector>

namespace tributary::test {

/// The CRC-32C of the center after each merge, with the merge's other numbers.
template <Real S>
struct Checksums {
  struct Entry {
    std::uint32_t center;
    int worker;
    std::uint64_t staleness;
    std::uint64_t events;
    double seconds;
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> entries;

  void on(const Merged<S>& m) {
    entries.push_back({detail::checksum_of_vector(Vector<S>{m.center}), m.worker, m.staleness,
                       m.events, m.seconds});
  }
};

}  // namespace tributary::test
