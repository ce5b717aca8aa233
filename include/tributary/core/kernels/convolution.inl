// SPDX-License-Identifier: Apache-2.0
// Convolution and pooling of one image that includes its border. kernels.hpp includes this once for
// each instruction set.
//
// The weights have the layout of a dense layer whose inputs are the elements of a window. So a row
// of positions is a batch of a dense layer whose inputs lie in runs, and no element is copied.

struct Convolutions {
  /// y = W x(window) + b at each position.
  template <class S>
  static void convolution(const Window& window, Index filters, const S* w, const S* bias,
                          const S* x, S* y) {
    const Index columns = window.columns();
    for (Index row = 0; row < window.rows(); ++row)
      Products::forward(w, bias, window.runs(), filters, x + window.at(row, 0), window.at(0, 1),
                        columns, y + row * columns * filters, filters);
  }

  /// dW = Σ dy x(window)ᵀ and db = Σ dy over all positions; overwrites them or adds to them.
  template <class S>
  static void convolution_weight_gradient(const Window& window, Index filters, const S* dy,
                                          const S* x, S* dw, S* db, bool add) {
    Products::weight_gradient(dy, filters, x, window.at(0, 1), window.columns(), window.runs(),
                              filters, dw, db, add, window.rows(), window.at(1, 0));
  }

  /// dx(window) = Wᵀ dy, summed over all positions, with the weights of transpose_weights.
  template <class S>
  static void convolution_input_gradient(const Window& window, Index filters, const S* transposed,
                                         const S* dy, S* dx) {
    const Index columns = window.columns(), step = window.at(0, 1);
    std::fill_n(dx, window.image(), S{0});
    for (Index first = 0; first < window.channels; first += panel) {
      const Index width = std::min(panel, window.channels - first);
      for (Index tap = 0; tap < window.taps(); ++tap, transposed += filters * width) {
        S* const of_tap = dx + window.tap(tap) + first;
        in_vectors<S>(width, [&](auto vectors, Index o) {
          for (Index row = 0; row < window.rows(); ++row) {
            in_tiles<few_rows>(0, columns, [&](auto rows, Index column) {
              Tile<rows(), vectors(), S> tile;
              S* const pixels = of_tap + window.at(row, column) + o;
              tile.read(pixels, step, width - o);
              tile.accumulate(transposed + o, width, dy + (row * columns + column) * filters,
                              filters, 1, filters);
              tile.write(pixels, step, width - o);
            });
          }
        });
      }
    }
  }
  /// W in panels of 32 channels, and within a panel by rows, pixels and filters. `to` must be
  /// followed by a cache line of memory.
  template <class S>
  static void transpose_weights(const Window& window, Index filters, const S* w, S* to) {
    const Index taps = window.taps();
    for (Index first = 0; first < window.channels; first += panel) {
      const Index width = std::min(panel, window.channels - first);
      for (Index tap = 0; tap < taps; ++tap) {
        for (Index filter = 0; filter < filters; filter += panel) {
          const Index height = std::min(panel, filters - filter);
          const S* const from =
              w + filter * taps * window.channels + (tap * window.channels + first) * height;
          Products::transpose(from, height, width, height, to, width);
          to += height * width;
        }
      }
    }
  }

  /// y: the maximum of each channel at each position, or NaN if the window has one.
  template <class S>
  static void max_pool(const Window& window, const S* x, S* y) {
    const auto largest = [](auto& most, auto value) {
      most = (((value <= most) & ~nan_lanes<S>(value)) | nan_lanes<S>(most)) ? most : value;
    };
    for_places(window, [&](Index y_at, Index x_at) {
      std::copy_n(x + x_at, window.channels, y + y_at);
      for (Index k = 1; k < window.taps(); ++k)
        each<S>(window.channels, largest, y + y_at, x + x_at + window.tap(k));
    });
  }
  /// dx: dy goes to the first maximum. `scratch` has room for the channels.
  template <class S>
  static void max_pool_gradient(const Window& window, const S* x, const S* y, const S* dy, S* dx,
                                S* scratch) {
    const auto give = [](auto& slope, auto& left, auto value, auto most) {
      slope += value == most ? left : V<S>{};
      left = value == most ? V<S>{} : left;
    };
    std::fill_n(dx, window.image(), S{0});
    for_places(window, [&](Index y_at, Index x_at) {
      std::copy_n(dy + y_at, window.channels, scratch);
      for (Index k = 0; k < window.taps(); ++k) {
        const Index at = x_at + window.tap(k);
        each<S>(window.channels, give, dx + at, scratch, x + at, y + y_at);
      }
    });
  }

  /// y: the mean of each channel at each position.
  template <class S>
  static void average_pool(const Window& window, const S* x, S* y) {
    const S share = S{1} / static_cast<S>(window.taps());
    const auto add = [=](auto& mean, auto value) {
      mean = multiply_add<S>(broadcast(share), value, mean);
    };
    std::fill_n(y, window.rows() * window.columns() * window.channels, S{0});
    for_places(window, [&](Index y_at, Index x_at) {
      for (Index k = 0; k < window.taps(); ++k)
        each<S>(window.channels, add, y + y_at, x + x_at + window.tap(k));
    });
  }
  template <class S>
  static void average_pool_gradient(const Window& window, const S* dy, S* dx) {
    const S share = S{1} / static_cast<S>(window.taps());
    const auto add = [=](auto& slope, auto of_mean) {
      slope = multiply_add<S>(broadcast(share), of_mean, slope);
    };
    std::fill_n(dx, window.image(), S{0});
    for_places(window, [&](Index y_at, Index x_at) {
      for (Index k = 0; k < window.taps(); ++k)
        each<S>(window.channels, add, dx + x_at + window.tap(k), dy + y_at);
    });
  }

 private:
  /// Calls f(offset of a position in y, its offset in x).
  template <class F>
  static void for_places(const Window& window, const F& f) {
    Index y_at = 0;
    for (Index row = 0; row < window.rows(); ++row) {
      for (Index column = 0; column < window.columns(); ++column, y_at += window.channels)
        f(y_at, window.at(row, column));
    }
  }
};
