// SPDX-License-Identifier: Apache-2.0
// Vectors of `vector_bytes`. kernels.hpp includes this once for each instruction set.

template <class S>
struct Vectors {
  typedef S V __attribute__((vector_size(vector_bytes), may_alias, aligned(sizeof(S))));
};
template <class S>
using V = typename Vectors<S>::V;
template <class S>
inline constexpr Index lanes = static_cast<Index>(vector_bytes / sizeof(S));

template <class S>
[[gnu::always_inline]] inline V<S> load(const S* from) {
  return *reinterpret_cast<const V<S>*>(from);
}
template <class S>
[[gnu::always_inline]] inline void store(S* to, V<S> value) {
  *reinterpret_cast<V<S>*>(to) = value;
}

/// a b + c, with one rounding if the CPU supports it: with AVX2, on AArch64, and where the compiler
/// declares it fast. It is written in assembly or by name, as compilers may fuse a product with a
/// sum or not. So the bits depend neither on them nor on their flags.
template <class S>
[[gnu::always_inline]] inline V<S> multiply_add(V<S> a, V<S> b, V<S> c) {
#ifdef __x86_64__
  if constexpr (vector_bytes > 16) {
    if constexpr (sizeof(S) == sizeof(float)) {
      asm("vfmadd231ps %1, %2, %0" : "+v"(c) : "v"(a), "v"(b));
    } else {
      asm("vfmadd231pd %1, %2, %0" : "+v"(c) : "v"(a), "v"(b));
    }
    return c;
  }
  return a * b + c;
#elif defined(__aarch64__)
  if constexpr (sizeof(S) == sizeof(float)) {
    asm("fmla %0.4s, %1.4s, %2.4s" : "+w"(c) : "w"(a), "w"(b));
  } else {
    asm("fmla %0.2d, %1.2d, %2.2d" : "+w"(c) : "w"(a), "w"(b));
  }
  return c;
#elif defined(__FP_FAST_FMA) && defined(__FP_FAST_FMAF)
  for (Index i = 0; i < lanes<S>; ++i) c[i] = std::fma(a[i], b[i], c[i]);
  return c;
#else
  return a * b + c;
#endif
}
template <class S>
[[gnu::always_inline]] inline V<S> broadcast(S x) {
  return x - V<S>{};
}

/// The bits of the magnitudes, see finite.hpp. They are signed, as vectors compare signed integers
/// directly.
template <class S>
using MagnitudeBits = std::make_signed_t<FloatBits<S>>;
template <class S>
[[gnu::always_inline]] inline V<MagnitudeBits<S>> magnitude_bits(V<S> x) {
  return reinterpret_cast<V<MagnitudeBits<S>>>(x) & std::numeric_limits<MagnitudeBits<S>>::max();
}
template <class S>
inline constexpr auto signed_infinity_bits = static_cast<MagnitudeBits<S>>(infinity_bits<S>);
/// Sets all bits of the lanes that are NaN.
template <class S>
[[gnu::always_inline]] inline auto nan_lanes(V<S> x) {
  return magnitude_bits<S>(x) > signed_infinity_bits<S>;
}

/// max(x, 0); NaN stays NaN for any assumption of the compiler about NaN.
template <class S>
[[gnu::always_inline]] inline V<S> above_zero(V<S> x) {
#ifdef __x86_64__
  V<S> y{};
  if constexpr (vector_bytes > 16) {
    if constexpr (sizeof(S) == sizeof(float)) {
      asm("vmaxps %1, %0, %0" : "+v"(y) : "v"(x));
    } else {
      asm("vmaxpd %1, %0, %0" : "+v"(y) : "v"(x));
    }
  } else if constexpr (sizeof(S) == sizeof(float)) {
    asm("maxps %1, %0" : "+x"(y) : "x"(x));
  } else {
    asm("maxpd %1, %0" : "+x"(y) : "x"(x));
  }
  return y;
#else
  return (x < 0) & ~nan_lanes<S>(x) ? V<S>{} : x;
#endif
}

/// 1 / √v, in float within 3 units in the last place, for normal positive v.
template <class S>
[[gnu::always_inline]] inline V<S> reciprocal_root(V<S> v) {
  V<S> y;
#ifdef __x86_64__
  if constexpr (sizeof(S) == sizeof(float)) {
    if constexpr (vector_bytes == 64) {
      asm("vrsqrt14ps %1, %0" : "=v"(y) : "v"(v));
    } else if constexpr (vector_bytes == 32) {
      asm("vrsqrtps %1, %0" : "=x"(y) : "x"(v));
    } else {
      asm("rsqrtps %1, %0" : "=x"(y) : "x"(v));
    }
    // Newton's step doubles the digits. (y² may be below the normal range; v y is not.)
    return y * multiply_add<S>(S(-0.5) * v * y, y, broadcast(S(1.5)));
  } else {
    if constexpr (vector_bytes > 16) {
      asm("vsqrtpd %1, %0" : "=v"(y) : "v"(v));
    } else {
      asm("sqrtpd %1, %0" : "=x"(y) : "x"(v));
    }
    return 1 / y;
  }
#else
  for (Index i = 0; i < lanes<S>; ++i) y[i] = 1 / std::sqrt(v[i]);
  return y;
#endif
}

/// The lower half of each element times the factor.
[[gnu::always_inline]] inline V<std::uint64_t> multiply_low_halves(V<std::uint64_t> x,
                                                                   std::uint32_t factor) {
  V<std::uint64_t> y = broadcast(std::uint64_t{factor});
#ifdef __x86_64__
  if constexpr (vector_bytes > 16) {
    asm("vpmuludq %1, %0, %0" : "+v"(y) : "v"(x));
  } else {
    asm("pmuludq %1, %0" : "+x"(y) : "x"(x));
  }
  return y;
#else
  return (x & 0xffffffff) * y;
#endif
}

template <class S>
[[gnu::always_inline]] inline void keep(V<S> value, S* to) {
  store<S>(to, value);
}
template <class S>
[[gnu::always_inline]] inline void keep(const V<S>&, const S*) {}
template <class S>
void copy_back(const S* from, Index count, S* to) {
  std::copy_n(from, count, to);
}
template <class S>
void copy_back(const S*, Index, const S*) {}

/// Calls step(vectors...) for all elements of the arrays, and writes back those that are not const.
template <class S, class Step, class... Arrays>
void each(Index count, const Step& step, Arrays*... arrays) {
  const auto advance = [&](Arrays*... at) {
    [&](auto... vectors) {
      step(vectors...);
      (keep<S>(vectors, at), ...);
    }(load<S>(at)...);
  };
  Index i = 0;
  for (; i + lanes<S> <= count; i += lanes<S>) advance((arrays + i)...);
  if (i == count) return;
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    S rest[sizeof...(Arrays)][lanes<S>] = {};
    (std::copy(arrays + i, arrays + count, rest[K]), ...);
    advance(static_cast<Arrays*>(rest[K])...);
    (copy_back(rest[K], count - i, arrays + i), ...);
  }
  (std::index_sequence_for<Arrays...>{});
}
