#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

/// A line for each doubling of the time, with the number of answers that took so long; and quantiles.
inline void print_latencies(std::vector<std::int64_t> nanoseconds) {
  std::ranges::sort(nanoseconds);
  const auto below = [&](std::int64_t bound) {
    return std::ranges::lower_bound(nanoseconds, bound) - nanoseconds.begin();
  };
  for (std::int64_t from = 32; from <= nanoseconds.back(); from *= 2) {
    const auto answers = static_cast<std::intmax_t>(below(2 * from) - below(from));
    if (answers > 0)
      std::printf("%9jd to %9jd ns %9jd\n", std::intmax_t{from}, std::intmax_t{2 * from}, answers);
  }
  const auto quantile = [&](double share) {
    const auto place = share * static_cast<double>(nanoseconds.size());
    return std::intmax_t{nanoseconds[static_cast<std::size_t>(place)]};
  };
  std::printf("%zu answers: median %jd ns, p99 %jd ns, p99.9 %jd ns\n", nanoseconds.size(),
              quantile(0.5), quantile(0.99), quantile(0.999));
}
