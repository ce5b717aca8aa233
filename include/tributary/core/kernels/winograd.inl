// SPDX-License-Identifier: Apache-2.0
// The transforms of Winograd's filtering, see Tiles. kernels.hpp includes this once for each
// instruction set. Channels and filters are whole vectors.

struct Winograd {
  /// v(k, tile, channel) for k < 36, with v_step elements from k to k + 1: Bᵀ x B of each tile of
  /// an image x.
  template <class S, Index Size>
  static void tile_inputs(Tiles<Size> tiles, const S* x, S* v, Index v_step) {
    for_tiles(tiles, image(tiles), v, [=](const auto& tile, S* to) {
      transform<S, winograd_inputs>(
          [&](Index i, Index j) { return tile.has(i, j) ? load(x + tile.at(i, j)) : V<S>{}; },
          [&](Index i, Index j, V<S> value) { store<S>(to + (6 * i + j) * v_step, value); });
    });
  }
  /// The gradient of x from that of v.
  template <class S, Index Size>
  static void tile_inputs_gradient(Tiles<Size> tiles, const S* v, Index v_step, S* x) {
    std::fill_n(x, tiles.window.image(), S{0});
    for_tiles(tiles, image(tiles), v, [=](const auto& tile, const S* from) {
      transform<S, transposed<winograd_inputs>>(
          [&](Index i, Index j) { return load(from + (6 * i + j) * v_step); },
          [&](Index i, Index j, V<S> value) {
            if (!tile.has(i, j)) return;
            S* const pixel = x + tile.at(i, j);
            store<S>(pixel, load(pixel) + value);
          });
    });
  }

  /// y = Aᵀ m A + b at the positions of each tile, for m(k, tile, filter).
  template <class S, Index Size>
  static void untile_outputs(Tiles<Size> tiles, Index filters, const S* m, Index m_step,
                             const S* bias, S* y) {
    for_tiles(tiles, outputs(tiles, filters), m, [=](const auto& tile, const S* from) {
      const V<S> b = load(bias + tile.channel);
      transform<S, transposed<winograd_powers<tiles.step>>>(
          [&](Index i, Index j) { return load(from + (6 * i + j) * m_step); },
          [&](Index i, Index j, V<S> value) {
            if (tile.has(i, j)) store<S>(y + tile.at(i, j), value + b);
          });
    });
  }
  /// The gradient of m from that of y.
  template <class S, Index Size>
  static void untile_outputs_gradient(Tiles<Size> tiles, Index filters, const S* y, S* m,
                                      Index m_step) {
    for_tiles(tiles, outputs(tiles, filters), m, [=](const auto& tile, S* to) {
      transform<S, winograd_powers<tiles.step>>(
          [&](Index i, Index j) { return tile.has(i, j) ? load(y + tile.at(i, j)) : V<S>{}; },
          [&](Index i, Index j, V<S> value) { store<S>(to + (6 * i + j) * m_step, value); });
    });
  }

  /// u(k), panels of the outputs by inputs, is G w Gᵀ for weights in panels of the outputs by
  /// pixels and inputs.
  template <class S, Index Size>
  static void tile_weights(Tiles<Size> tiles, Index inputs, Index outputs, const S* w, S* u) {
    for_weights(
        tiles, inputs, outputs, w, u, [&](const S* from, Index w_step, S* to, Index u_step) {
          transform<S, winograd_weights<Size>>(
              [&](Index i, Index j) { return load(from + (Size * i + j) * w_step); },
              [&](Index i, Index j, V<S> value) { store<S>(to + (6 * i + j) * u_step, value); });
        });
  }
  /// The gradient of w from that of u; overwrites it or adds to it.
  template <class S, Index Size>
  static void tile_weights_gradient(Tiles<Size> tiles, Index inputs, Index outputs, const S* u,
                                    S* w, bool add) {
    for_weights(tiles, inputs, outputs, w, u,
                [&](S* to, Index w_step, const S* from, Index u_step) {
                  transform<S, transposed<winograd_weights<Size>>>(
                      [&](Index i, Index j) { return load(from + (6 * i + j) * u_step); },
                      [&](Index i, Index j, V<S> value) {
                        S* const weight = to + (Size * i + j) * w_step;
                        store<S>(weight, add ? load(weight) + value : value);
                      });
                });
  }

 private:
  /// Calls out(i, j, value) for all elements of M x Mᵀ, with x(i, j) = in(i, j).
  template <class S, const auto& M, class In, class Out>
  [[gnu::always_inline]] static void transform(const In& in, const Out& out) {
    constexpr std::size_t to = M.size(), from = M[0].size();
    V<S> half[to][from];
#pragma GCC unroll 6
    for (std::size_t j = 0; j < from; ++j) {
      V<S> column[from];
#pragma GCC unroll 6
      for (std::size_t i = 0; i < from; ++i)
        column[i] = in(static_cast<Index>(i), static_cast<Index>(j));
#pragma GCC unroll 6
      for (std::size_t i = 0; i < to; ++i) half[i][j] = combine<S>(M[i], column);
    }
#pragma GCC unroll 6
    for (std::size_t i = 0; i < to; ++i) {
#pragma GCC unroll 6
      for (std::size_t j = 0; j < to; ++j)
        out(static_cast<Index>(i), static_cast<Index>(j), combine<S>(M[j], half[i]));
    }
  }
  template <class S, std::size_t N>
  [[gnu::always_inline]] static V<S> combine(const std::array<double, N>& factors,
                                             const V<S> (&x)[N]) {
    V<S> sum{};
#pragma GCC unroll 6
    for (std::size_t k = 0; k < N; ++k) {
      if (factors[k] == 1) sum += x[k];
      if (factors[k] == -1) sum -= x[k];
      if (std::abs(factors[k]) != 1 && factors[k] != 0)
        sum = multiply_add<S>(x[k], broadcast(static_cast<S>(factors[k])), sum);
    }
    return sum;
  }

  struct Grid {
    Index rows, columns, channels;
  };
  template <Index Size>
  static Grid image(const Tiles<Size>& tiles) {
    return {tiles.window.height, tiles.window.width, tiles.window.channels};
  }
  template <Index Size>
  static Grid outputs(const Tiles<Size>& tiles, Index filters) {
    return {tiles.window.rows(), tiles.window.columns(), filters};
  }
  /// The first element of a tile in a channel, and the numbers of rows and columns of the grid from
  /// there on.
  struct Corner {
    Index first, channel, line, pixel, rows, columns;

    [[gnu::always_inline]] bool has(Index i, Index j) const { return i < rows && j < columns; }
    [[gnu::always_inline]] Index at(Index i, Index j) const { return first + i * line + j * pixel; }
  };
  /// Calls f(corner, values) for each tile and vector of channels, with the address of k = 0.
  template <class S, Index Size, class F>
  [[gnu::always_inline]] static void for_tiles(Tiles<Size> tiles, Grid grid, S* numbers,
                                               const F& f) {
    const Index line = grid.columns * grid.channels;
    constexpr Index step = Tiles<Size>::step;
    for (Index row = 0; row < tiles.window.rows(); row += step) {
      for (Index column = 0; column < tiles.window.columns(); column += step) {
        for (Index c = 0; c < grid.channels;
             c += lanes<std::remove_const_t<S>>, numbers += lanes<std::remove_const_t<S>>)
          f(Corner{row * line + column * grid.channels + c, c, line, grid.channels, grid.rows - row,
                   grid.columns - column},
            numbers);
      }
    }
  }
  /// Calls f(weights, their step from pixel to pixel, values, their step from k to k + 1).
  template <class W, class U, Index Size, class F>
  [[gnu::always_inline]] static void for_weights(Tiles<Size> tiles, Index inputs, Index outputs,
                                                 W* w, U* u, const F& f) {
    for (Index first = 0; first < outputs; first += panel) {
      const Index of_panel = inputs * std::min(panel, outputs - first);
      for (Index i = 0; i < of_panel; i += lanes<std::remove_const_t<U>>)
        f(w + first * inputs * tiles.window.taps() + i, of_panel, u + first * inputs + i,
          inputs * outputs);
    }
  }
};
