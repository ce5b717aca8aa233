#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

// The limits of one core. They are measured during the benchmark, because a shared machine drifts.
// On x86 they are in assembly, so the limit does not depend on the compiler and its flags.

/// Calls body repeatedly for this time, and returns the calls per second. One more call warms up.
template <class Body>
double calls_per_second(Body&& body, double seconds) {
  using Clock = std::chrono::steady_clock;
  body();
  const auto begin = Clock::now();
  for (double calls = 1;; ++calls) {
    body();
    const std::chrono::duration<double> taken = Clock::now() - begin;
    if (taken.count() >= seconds) return calls / taken.count();
  }
}

/// The best of a few short measurements: the limit of an undisturbed core.
template <class Body>
double best_calls_per_second(const Body& body) {
  double best = 0;
  for (int look = 0; look < 5; ++look) best = std::max(best, calls_per_second(body, 0.002));
  return best;
}

namespace detail {

#ifdef __x86_64__
/// x ← 0.999 x + 0.999 in twelve registers, each a chain of its own: more than the latency of a
/// multiply-add times those a cycle.
inline void multiply_add_avx512(std::int64_t turns) {
  constexpr float factor = 0.999f;
  asm volatile(
      "vbroadcastss %1, %%zmm12 \n"
      ".irp i, 0,1,2,3,4,5,6,7,8,9,10,11 \n vmovaps %%zmm12, %%zmm\\i \n .endr \n"
      "1: \n"
      ".irp i, 0,1,2,3,4,5,6,7,8,9,10,11 \n vfmadd213ps %%zmm12, %%zmm12, %%zmm\\i \n .endr \n"
      "dec %0 \n jnz 1b \n vzeroupper"
      : "+r"(turns)
      : "m"(factor)
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
        "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}
inline void multiply_add_avx2(std::int64_t turns) {
  constexpr float factor = 0.999f;
  asm volatile(
      "vbroadcastss %1, %%ymm12 \n"
      ".irp i, 0,1,2,3,4,5,6,7,8,9,10,11 \n vmovaps %%ymm12, %%ymm\\i \n .endr \n"
      "1: \n"
      ".irp i, 0,1,2,3,4,5,6,7,8,9,10,11 \n vfmadd213ps %%ymm12, %%ymm12, %%ymm\\i \n .endr \n"
      "dec %0 \n jnz 1b \n vzeroupper"
      : "+r"(turns)
      : "m"(factor)
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
        "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/// 512 bytes an iteration, loaded, or loaded and stored in place.
inline void read_avx2(const void* from, std::size_t turns) {
  asm volatile(
      "1: \n .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 \n"
      "vmovaps 32*\\i(%0), %%ymm0 \n .endr \n"
      "add $512, %0 \n dec %1 \n jnz 1b \n vzeroupper"
      : "+r"(from), "+r"(turns)
      :
      : "cc", "memory", "xmm0");
}
inline void rewrite_avx2(void* from, std::size_t turns) {
  asm volatile(
      "1: \n .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 \n"
      "vmovaps 32*\\i(%0), %%ymm0 \n vmovaps %%ymm0, 32*\\i(%0) \n .endr \n"
      "add $512, %0 \n dec %1 \n jnz 1b \n vzeroupper"
      : "+r"(from), "+r"(turns)
      :
      : "cc", "memory", "xmm0");
}
#endif

/// For other CPUs, and as fast as the compiler makes it.
inline void multiply_add(std::int64_t turns) {
  static std::array<float, 96> result{};
  std::array<float, 96> x{};
  for (std::int64_t i = 0; i < turns; ++i) {
    for (float& each : x) each = each * 0.999f + 0.999f;
  }
  result = x;
}

struct alignas(64) CacheLine {
  std::array<std::uint32_t, 16> words{};
};

}  // namespace detail

/// Multiply-adds of floats, GFLOP/s.
inline double peak_gflops() {
  constexpr std::int64_t turns = 20'000;
  const auto measure = [](void (*body)(std::int64_t), int floats) {
    return best_calls_per_second([&] { body(turns); }) * 2 * turns * floats / 1e9;
  };
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return measure(detail::multiply_add_avx512, 12 * 16);
  if (__builtin_cpu_supports("fma")) return measure(detail::multiply_add_avx2, 12 * 8);
#endif
  return measure(detail::multiply_add, 96);
}

/// Calls body(lines, turns) repeatedly with this number of bytes, or a few more, 512 an iteration.
/// Returns the throughput in GB/s.
template <class Body>
double stream_gigabytes(std::size_t bytes, const Body& body) {
  static std::vector<detail::CacheLine> lines;
  const std::size_t turns = (bytes + 511) / 512;
  lines.resize(turns * 8);
  return best_calls_per_second([&] { body(lines, turns); }) * 512 * static_cast<double>(turns) /
         1e9;
}

/// Reading this number of bytes, GB/s: from the cache that they fit into, or from memory. By 32
/// bytes; the L1 cache of a CPU with AVX-512 may be faster.
inline double read_gigabytes(std::size_t bytes) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) {
    return stream_gigabytes(
        bytes, [](auto& lines, std::size_t turns) { detail::read_avx2(lines.data(), turns); });
  }
#endif
  return stream_gigabytes(bytes, [](auto& lines, std::size_t) {
    std::uint32_t sum = 0;
    for (auto& line : lines) sum = std::accumulate(line.words.begin(), line.words.end(), sum);
    asm volatile("" : : "r"(sum));  // wants it
  });
}

/// Reading this number of bytes and writing them back, GB/s of both.
inline double rewrite_gigabytes(std::size_t bytes) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) {
    return 2 * stream_gigabytes(bytes, [](auto& lines, std::size_t turns) {
             detail::rewrite_avx2(lines.data(), turns);
           });
  }
#endif
  return 2 * stream_gigabytes(bytes, [](auto& lines, std::size_t) {
           for (auto& line : lines) {
             for (std::uint32_t& word : line.words) ++word;
           }
         });
}
