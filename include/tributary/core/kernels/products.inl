// SPDX-License-Identifier: Apache-2.0
// The products of a dense layer, in tiles of at most `few_rows` or `many_rows` rows of two vectors.
// kernels.hpp includes this once for each instruction set.
//
// A layer's weights are in panels of 32 outputs. Panel p has outputs 32 p to 32 p + width, where
// width = min(32, outputs − 32 p), with the outputs of an input side by side. Every product reads
// and writes them in memory order, so none packs them.

/// J rows of N vectors that stay in registers. g++ 12 keeps them there only if every loop over them
/// is unrolled.
template <int J, int N, class S>
struct Tile {
  V<S> rows[std::size_t{J}][std::size_t{N}];

  /// Sets every row to the same vectors.
  [[gnu::always_inline]] void fill(const S* from) {
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j)
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) rows[j][n] = load(from + n * lanes<S>);
  }
  [[gnu::always_inline]] void clear() {
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j)
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) rows[j][n] = V<S>{};
  }
  /// Reads or writes the first `width` elements of each row; rows in memory are `stride` elements
  /// apart.
  [[gnu::always_inline]] void read(const S* from, Index stride, Index width) {
    if (width >= N * lanes<S>) {
#pragma GCC unroll 16
      for (int j = 0; j < J; ++j)
#pragma GCC unroll 16
        for (int n = 0; n < N; ++n) rows[j][n] = load(from + j * stride + n * lanes<S>);
      return;
    }
    S all[std::size_t{J}][std::size_t{N * lanes<S>}] = {};
    for (int j = 0; j < J; ++j) std::copy_n(from + j * stride, width, all[j]);
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j)
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) rows[j][n] = load(&all[j][n * lanes<S>]);
  }
  [[gnu::always_inline]] void write(S* to, Index stride, Index width) const {
    if (width >= N * lanes<S>) {
#pragma GCC unroll 16
      for (int j = 0; j < J; ++j)
#pragma GCC unroll 16
        for (int n = 0; n < N; ++n) store(to + j * stride + n * lanes<S>, rows[j][n]);
      return;
    }
    S all[std::size_t{J}][std::size_t{N * lanes<S>}];
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j)
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) store(&all[j][n * lanes<S>], rows[j][n]);
    for (int j = 0; j < J; ++j) std::copy_n(all[j], width, to + j * stride);
  }

  [[gnu::always_inline]] void add_product(const Tile& a, const Tile& b) {
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j)
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n)
        rows[j][n] = multiply_add<S>(a.rows[j][n], b.rows[j][n], rows[j][n]);
  }

  /// Row j += Σₖ b(j, k) aₖ, where the vectors aₖ begin at a + k a_step, and the scalar b(j, k) is
  /// b[j b_row + k b_step]. All products in this file use this loop.
  [[gnu::always_inline]] void accumulate(const S* a, Index a_step, const S* b, Index b_row,
                                         Index b_step, Index count) {
    for (Index k = 0; k < count; ++k, a += a_step, b += b_step) {
      V<S> vectors[std::size_t{N}];
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) vectors[n] = load(a + n * lanes<S>);
#pragma GCC unroll 16
      for (int j = 0; j < J; ++j) {
        const V<S> factor = broadcast(b[j * b_row]);
#pragma GCC unroll 16
        for (int n = 0; n < N; ++n) rows[j][n] = multiply_add<S>(vectors[n], factor, rows[j][n]);
      }
    }
  }
};

/// A square: as many rows of one vector as it has elements.
template <class S>
struct Square {
  static constexpr int side = static_cast<int>(lanes<S>);
  V<S> rows[std::size_t{side}];

  [[gnu::always_inline]] void read(const S* from, Index stride) {
#pragma GCC unroll 16
    for (int i = 0; i < side; ++i) rows[i] = load(from + i * stride);
  }
  [[gnu::always_inline]] void write(S* to, Index stride) const {
#pragma GCC unroll 16
    for (int i = 0; i < side; ++i) store(to + i * stride, rows[i]);
  }
  /// Swaps the off-diagonal blocks, the large ones first.
  template <int Block = side / 2>
  [[gnu::always_inline]] void transpose() {
#pragma GCC unroll 16
    for (int i = 0; i < side; ++i) {
      if ((i & Block) != 0) continue;
      const V<S> above = rows[i], below = rows[i + Block];
      [&]<int... L>(std::integer_sequence<int, L...>) {
        rows[i] =
            __builtin_shufflevector(above, below, ((L & Block) == 0 ? L : side + L - Block)...);
        rows[i + Block] =
            __builtin_shufflevector(above, below, ((L & Block) == 0 ? L + Block : side + L)...);
      }
      (std::make_integer_sequence<int, side>{});
    }
    if constexpr (Block > 1) transpose<Block / 2>();
  }
};

/// Calls f(rows, begin), with rows as a compile-time number, for `count` rows.
template <int J, class F>
[[gnu::always_inline]] inline void in_tiles(Index begin, Index count, const F& f) {
  for (; begin + J <= count; begin += J) f(std::integral_constant<int, J>{}, begin);
  if constexpr (J > 1) in_tiles<J / 2>(begin, count, f);
}
/// Calls f(vectors, begin) for one or two vectors, for `width` elements.
template <class S, class F>
[[gnu::always_inline]] inline void in_vectors(Index width, const F& f) {
  for (Index begin = 0; begin < width; begin += 2 * lanes<S>) {
    if (width - begin > lanes<S>) {
      f(std::integral_constant<int, 2>{}, begin);
    } else {
      f(std::integral_constant<int, 1>{}, begin);
    }
  }
}

struct Products {
  /// Copies a row and appends zeros, as a product with arbitrary memory contents may overflow.
  template <class S>
  static void copy_row(const S* from, Index width, S (&to)[panel]) {
    std::fill(std::copy_n(from, width, to), to + panel, S{0});
  }

  /// y = W x + b, or W x without a bias. x is inputs × events, y is outputs × events; events are
  /// `stride` elements apart.
  template <class S>
  static void forward(const S* w, const S* bias, Runs inputs, Index outputs, const S* x,
                      Index x_stride, Index events, S* y, Index y_stride) {
    const Index all = inputs.length * inputs.count;
    for (Index first = 0; first < outputs; first += panel, w += panel * all) {
      const Index width = std::min(panel, outputs - first);
      alignas(64) S start[panel] = {};
      if (bias != nullptr) std::copy_n(bias + first, width, start);
      // Vectors beyond the end of a row read the next rows; those results are dropped. The last
      // rows have none after them, so they are copied.
      alignas(64) S last[panel][panel];
      const Index rest = std::min(all, (panel - 1) / width);
      const Index safe = all - rest;
      for (Index i = 0; i < rest; ++i) copy_row(w + (safe + i) * width, width, last[i]);
      in_vectors<S>(width, [&](auto vectors, Index o) {
        in_tiles<few_rows>(0, events, [&](auto rows, Index event) {
          Tile<rows(), vectors(), S> tile;
          tile.fill(start + o);
          const S* from = x + event * x_stride;
          for (Index i = 0; i < all; i += inputs.length, from += inputs.stride) {
            const Index in_place = std::clamp<Index>(safe - i, 0, inputs.length);
            tile.accumulate(w + i * width + o, width, from, x_stride, 1, in_place);
            if (in_place < inputs.length)
              tile.accumulate(&last[i + in_place - safe][o], panel, from + in_place, x_stride, 1,
                              inputs.length - in_place);
          }
          tile.write(y + event * y_stride + first + o, y_stride, width - o);
        });
      });
    }
  }

  /// dW = dy xᵀ and db = dy 1; overwrites them or adds to them. Without db, dW alone. The events
  /// may come in rows, in x `x_line` apart.
  template <class S>
  static void weight_gradient(const S* dy, Index dy_stride, const S* x, Index x_stride,
                              Index events, Runs inputs, Index outputs, S* dw, S* db, bool add,
                              Index lines = 1, Index x_line = 0) {
    const S one = 1;
    const Index all = inputs.length * inputs.count;
    for (Index first = 0; first < outputs; first += panel, dw += panel * all) {
      const Index width = std::min(panel, outputs - first);
      // As in forward(), with events instead of rows.
      alignas(64) S last[panel][panel];
      const Index rest = std::min(lines * events, (panel - width + dy_stride - 1) / dy_stride);
      const Index safe = lines * events - rest;
      for (Index i = 0; i < rest; ++i)
        copy_row(dy + (safe + i) * dy_stride + first, width, last[i]);
      in_vectors<S>(width, [&](auto vectors, Index o) {
        const auto sum = [&](auto rows, S* to, const S* factors, Index row, Index step,
                             Index line) {
          Tile<rows(), vectors(), S> tile;
          if (add) {
            tile.read(to, width, width - o);
          } else {
            tile.clear();
          }
          for (Index event = 0; event < lines * events; event += events, factors += line) {
            const Index in_place = std::clamp<Index>(safe - event, 0, events);
            tile.accumulate(dy + event * dy_stride + first + o, dy_stride, factors, row, step,
                            in_place);
            if (in_place < events)
              tile.accumulate(&last[event + in_place - safe][o], panel, factors + in_place * step,
                              row, step, events - in_place);
          }
          tile.write(to, width, width - o);
        };
        for (Index run = 0; run < inputs.count; ++run) {
          in_tiles<many_rows>(0, inputs.length, [&](auto rows, Index i) {
            sum(rows, dw + (run * inputs.length + i) * width + o, x + run * inputs.stride + i, 1,
                x_stride, x_line);
          });
        }
        if (db != nullptr) sum(std::integral_constant<int, 1>{}, db + first + o, &one, 0, 0, 0);
      });
    }
  }

  /// y = W x + b for W in panels over its inputs, for few outputs of many inputs: each output is a
  /// sum of 32 parts.
  template <class S>
  static void forward_of_few(const S* w, const S* bias, Index inputs, Index outputs, const S* x,
                             Index x_stride, Index events, S* y, Index y_stride) {
    using Parts = Tile<1, static_cast<int>(panel / lanes<S>), S>;
    for (Index event = 0; event < events; ++event) {
      for (Index o = 0; o < outputs; ++o) {
        Parts parts;
        parts.clear();
        for (Index first = 0; first < inputs; first += panel) {
          const Index width = std::min(panel, inputs - first);
          Parts weights, numbers;
          weights.read(w + first * outputs + o * width, 0, width);
          numbers.read(x + event * x_stride + first, 0, width);
          parts.add_product(weights, numbers);
        }
        S sums[panel];
        parts.write(sums, 0, panel);
        for (Index half = panel / 2; half > 0; half /= 2)
          for (Index i = 0; i < half; ++i) sums[i] += sums[i + half];
        y[event * y_stride + o] = bias[o] + sums[0];
      }
    }
  }

  /// dx = Wᵀ dy. `scratch` has room for 32 elements an input and an output.
  template <class S>
  static void input_gradient(const S* w, Index inputs, Index outputs, const S* dy, Index dy_stride,
                             Index events, S* dx, Index dx_stride, S* scratch) {
    constexpr Index chunk = panel;  // events, side by side in vectors
    S* const dy_rows = scratch;
    S* const dx_rows = scratch + outputs * chunk;
    for (Index event = 0; event < events; event += chunk) {
      const Index count = std::min(chunk, events - event);
      transpose(dy + event * dy_stride, dy_stride, count, outputs, dy_rows, chunk);
      in_vectors<S>(count, [&](auto vectors, Index lane) {
        in_tiles<many_rows>(0, inputs, [&](auto rows, Index i) {
          Tile<rows(), vectors(), S> tile;
          tile.clear();
          for (Index o = 0; o < outputs; o += panel) {
            const Index width = std::min(panel, outputs - o);
            tile.accumulate(dy_rows + o * chunk + lane, chunk, w + o * inputs + i * width, width, 1,
                            width);
          }
          tile.write(dx_rows + i * chunk + lane, chunk, chunk);
        });
      });
      transpose(dx_rows, chunk, inputs, count, dx + event * dx_stride, dx_stride);
    }
  }

  /// to[j][i] = from[i][j], for i < rows and j < columns.
  template <class S>
  static void transpose(const S* from, Index from_stride, Index rows, Index columns, S* to,
                        Index to_stride) {
    constexpr Index side = lanes<S>;
    const Index square_rows = rows / side * side, square_columns = columns / side * side;
    for (Index j = 0; j < square_columns; j += side) {
      for (Index i = 0; i < square_rows; i += side) {
        Square<S> square;
        square.read(from + i * from_stride + j, from_stride);
        square.transpose();
        square.write(to + j * to_stride + i, to_stride);
      }
    }
    for (Index i = 0; i < rows; ++i) {
      for (Index j = i < square_rows ? square_columns : 0; j < columns; ++j)
        to[j * to_stride + i] = from[i * from_stride + j];
    }
  }
};
