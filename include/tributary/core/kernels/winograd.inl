// SPDX-License-Identifier: Apache-2.0
// The transforms of Winograd's filtering, see Tiles. kernels.hpp includes this once for each
// instruction set. Channels and filters come in whole vectors.

struct Winograd {
  /// v(k, tile, channel), k < 36, with v_step numbers from k to k + 1: Bᵀ x B of each tile of an
  /// image x.
  template <Tiles T, class S>
  static void tile_inputs(const S* x, S* v, Index v_step) {
    for_tiles<T>(T.window.channels, v, [&](Index row, Index column, Index c, S* to) {
      transform<S, winograd_inputs>(
          [&](Index i, Index j) {
            return T.in_image(row + i, column + j) ? load(x + T.window.at(row + i, column + j) + c)
                                                   : V<S>{};
          },
          [&](Index i, Index j, V<S> value) { store<S>(to + (6 * i + j) * v_step, value); });
    });
  }
  /// The slope of x by that of v.
  template <Tiles T, class S>
  static void tile_inputs_gradient(const S* v, Index v_step, S* x) {
    std::fill_n(x, T.window.image(), S{0});
    for_tiles<T>(T.window.channels, v, [&](Index row, Index column, Index c, const S* from) {
      transform<S, transposed<winograd_inputs>>(
          [&](Index i, Index j) { return load(from + (6 * i + j) * v_step); },
          [&](Index i, Index j, V<S> value) {
            if (!T.in_image(row + i, column + j)) return;
            S* const pixel = x + T.window.at(row + i, column + j) + c;
            store<S>(pixel, load(pixel) + value);
          });
    });
  }

  /// y = Aᵀ m A + b at the places of each tile, of m(k, tile, filter).
  template <Tiles T, class S>
  static void untile_outputs(Index filters, const S* m, Index m_step, const S* bias, S* y) {
    for_tiles<T>(filters, m, [&](Index row, Index column, Index f, const S* from) {
      transform<S, transposed<winograd_powers<T.step()>>>(
          [&](Index i, Index j) { return load(from + (6 * i + j) * m_step); },
          [&](Index i, Index j, V<S> value) {
            if (!T.in_outputs(row + i, column + j)) return;
            store<S>(y + T.place(row + i, column + j) * filters + f, value + load(bias + f));
          });
    });
  }
  /// The slope of m by that of y.
  template <Tiles T, class S>
  static void untile_outputs_gradient(Index filters, const S* y, S* m, Index m_step) {
    for_tiles<T>(filters, m, [&](Index row, Index column, Index f, S* to) {
      transform<S, winograd_powers<T.step()>>(
          [&](Index i, Index j) {
            return T.in_outputs(row + i, column + j)
                       ? load(y + T.place(row + i, column + j) * filters + f)
                       : V<S>{};
          },
          [&](Index i, Index j, V<S> value) { store<S>(to + (6 * i + j) * m_step, value); });
    });
  }

  /// u(k), panels of the outputs by inputs, is G w Gᵀ of weights in panels of the outputs by pixels
  /// and inputs.
  template <Tiles T, class S>
  static void tile_weights(Index inputs, Index outputs, const S* w, S* u) {
    for_weights<T>(inputs, outputs, w, u, [&](const S* from, Index w_step, S* to, Index u_step) {
      transform<S, winograd_weights<T.window.size>>(
          [&](Index i, Index j) { return load(from + (T.window.size * i + j) * w_step); },
          [&](Index i, Index j, V<S> value) { store<S>(to + (6 * i + j) * u_step, value); });
    });
  }
  /// The slope of w by that of u, or added to what is there.
  template <Tiles T, class S>
  static void tile_weights_gradient(Index inputs, Index outputs, const S* u, S* w, bool add) {
    for_weights<T>(inputs, outputs, w, u, [&](S* to, Index w_step, const S* from, Index u_step) {
      transform<S, transposed<winograd_weights<T.window.size>>>(
          [&](Index i, Index j) { return load(from + (6 * i + j) * u_step); },
          [&](Index i, Index j, V<S> value) {
            S* const weight = to + (T.window.size * i + j) * w_step;
            store<S>(weight, add ? load(weight) + value : value);
          });
    });
  }

 private:
  /// Calls out(i, j, value) for all numbers of M x Mᵀ, x(i, j) = in(i, j).
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

  /// Calls f(row, column, channel, numbers): the tile's first place, and where its k = 0 is.
  template <Tiles T, class S, class F>
  static void for_tiles(Index channels, S* numbers, const F& f) {
    for (Index row = 0; row < T.window.rows(); row += T.step()) {
      for (Index column = 0; column < T.window.columns(); column += T.step()) {
        for (Index c = 0; c < channels;
             c += lanes<std::remove_const_t<S>>, numbers += lanes<std::remove_const_t<S>>)
          f(row, column, c, numbers);
      }
    }
  }
  /// Calls f(weights, their step from pixel to pixel, numbers, their step from k to k + 1).
  template <Tiles T, class W, class U, class F>
  static void for_weights(Index inputs, Index outputs, W* w, U* u, const F& f) {
    for (Index first = 0; first < outputs; first += panel) {
      const Index of_panel = inputs * std::min(panel, outputs - first);
      for (Index i = 0; i < of_panel; i += lanes<std::remove_const_t<U>>)
        f(w + first * inputs * T.window.taps() + i, of_panel, u + first * inputs + i,
          inputs * outputs);
    }
  }
};
