#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

/// Ends the program, for the fuzzer to keep the input, unless `ok`.
inline void must(bool ok) {
  if (!ok) std::abort();
}

/// Reads parts of an input.
struct Input {
  std::span<const std::byte> rest;

  Input(const std::uint8_t* data, std::size_t size) : rest{std::as_bytes(std::span{data, size})} {}
  /// Returns 0 at the end.
  std::uint8_t byte() {
    const auto taken = bytes(1);
    return taken.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(taken[0]);
  }
  /// Returns fewer bytes at the end.
  std::span<const std::byte> bytes(std::size_t count) {
    const auto taken = rest.first(count < rest.size() ? count : rest.size());
    rest = rest.subspan(taken.size());
    return taken;
  }
};
