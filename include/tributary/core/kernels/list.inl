// SPDX-License-Identifier: Apache-2.0
// All kernels of the library tributary::compiled, for scalars S, and for the window sizes of
// Winograd's filtering. The including file defines the macros TRIBUTARY_KERNEL(result, name,
// parameters, arguments) and TRIBUTARY_TILED_KERNEL(name, ...) first.

// clang-format off
TRIBUTARY_KERNEL(void, forward,
  (const S* w, const S* bias, Runs inputs, Index outputs, const S* x, Index x_stride, Index events,
   S* y, Index y_stride),
  (w, bias, inputs, outputs, x, x_stride, events, y, y_stride))
TRIBUTARY_KERNEL(void, forward_of_few,
  (const S* w, const S* bias, Index inputs, Index outputs, const S* x, Index x_stride,
   Index events, S* y, Index y_stride),
  (w, bias, inputs, outputs, x, x_stride, events, y, y_stride))
TRIBUTARY_KERNEL(void, weight_gradient,
  (const S* dy, Index dy_stride, const S* x, Index x_stride, Index events, Runs inputs,
   Index outputs, S* dw, S* db, bool add),
  (dy, dy_stride, x, x_stride, events, inputs, outputs, dw, db, add))
TRIBUTARY_KERNEL(void, input_gradient,
  (const S* w, Index inputs, Index outputs, const S* dy, Index dy_stride, Index events, S* dx,
   Index dx_stride, S* scratch),
  (w, inputs, outputs, dy, dy_stride, events, dx, dx_stride, scratch))
TRIBUTARY_KERNEL(void, transpose,
  (const S* from, Index from_stride, Index rows, Index columns, S* to, Index to_stride),
  (from, from_stride, rows, columns, to, to_stride))

TRIBUTARY_KERNEL(void, convolution,
  (const Window& window, Index filters, const S* w, const S* bias, const S* x, S* y),
  (window, filters, w, bias, x, y))
TRIBUTARY_KERNEL(void, convolution_weight_gradient,
  (const Window& window, Index filters, const S* dy, const S* x, S* dw, S* db, bool add),
  (window, filters, dy, x, dw, db, add))
TRIBUTARY_KERNEL(void, convolution_input_gradient,
  (const Window& window, Index filters, const S* transposed, const S* dy, S* dx),
  (window, filters, transposed, dy, dx))
TRIBUTARY_KERNEL(void, transpose_weights,
  (const Window& window, Index filters, const S* w, S* to),
  (window, filters, w, to))
TRIBUTARY_KERNEL(void, max_pool, (const Window& window, const S* x, S* y), (window, x, y))
TRIBUTARY_KERNEL(void, max_pool_gradient,
  (const Window& window, const S* x, const S* y, const S* dy, S* dx, S* scratch),
  (window, x, y, dy, dx, scratch))
TRIBUTARY_KERNEL(void, average_pool, (const Window& window, const S* x, S* y), (window, x, y))
TRIBUTARY_KERNEL(void, average_pool_gradient,
  (const Window& window, const S* dy, S* dx), (window, dy, dx))

TRIBUTARY_TILED_KERNEL(tile_inputs,
  (Tiles<Size> tiles, const S* x, S* v, Index v_step), (tiles, x, v, v_step))
TRIBUTARY_TILED_KERNEL(tile_inputs_gradient,
  (Tiles<Size> tiles, const S* v, Index v_step, S* x), (tiles, v, v_step, x))
TRIBUTARY_TILED_KERNEL(untile_outputs,
  (Tiles<Size> tiles, Index filters, const S* m, Index m_step, const S* bias, S* y),
  (tiles, filters, m, m_step, bias, y))
TRIBUTARY_TILED_KERNEL(untile_outputs_gradient,
  (Tiles<Size> tiles, Index filters, const S* y, S* m, Index m_step),
  (tiles, filters, y, m, m_step))
TRIBUTARY_TILED_KERNEL(tile_weights,
  (Tiles<Size> tiles, Index inputs, Index outputs, const S* w, S* u),
  (tiles, inputs, outputs, w, u))
TRIBUTARY_TILED_KERNEL(tile_weights_gradient,
  (Tiles<Size> tiles, Index inputs, Index outputs, const S* u, S* w, bool add),
  (tiles, inputs, outputs, u, w, add))

TRIBUTARY_KERNEL(void, relu, (Index count, const S* x, S* y), (count, x, y))
TRIBUTARY_KERNEL(void, relu_slope,
  (Index count, const S* y, const S* dy, S* dx), (count, y, dy, dx))
TRIBUTARY_KERNEL(void, scale,
  (Index count, const S* factors, const S* x, S* y), (count, factors, x, y))
TRIBUTARY_KERNEL(void, dropout,
  (std::uint64_t key, std::uint64_t stream, Index groups, std::uint32_t threshold, S kept,
   S* factors),
  (key, stream, groups, threshold, kept, factors))

TRIBUTARY_KERNEL(void, adagrad,
  (Index count, S* parameters, const S* gradient, S* accumulator, S rate, S epsilon),
  (count, parameters, gradient, accumulator, rate, epsilon))
TRIBUTARY_KERNEL(void, rms_prop,
  (Index count, S* parameters, const S* gradient, S* mean_square, Forgetting<S> rho, S rate,
   S epsilon),
  (count, parameters, gradient, mean_square, rho, rate, epsilon))
TRIBUTARY_KERNEL(void, adadelta,
  (Index count, S* parameters, S* gradient, S* mean_square, S* mean_square_step,
   Forgetting<S> rho, S rate, S epsilon),
  (count, parameters, gradient, mean_square, mean_square_step, rho, rate, epsilon))
TRIBUTARY_KERNEL(void, adam,
  (Index count, S* parameters, const S* gradient, S* first, S* second, Forgetting<S> beta_1,
   Forgetting<S> beta_2, S decay, S rate, S gradient_rate, S epsilon),
  (count, parameters, gradient, first, second, beta_1, beta_2, decay, rate, gradient_rate,
   epsilon))

TRIBUTARY_KERNEL(bool, are_finite, (Index count, const S* numbers), (count, numbers))
// clang-format on
#undef TRIBUTARY_KERNEL
#undef TRIBUTARY_TILED_KERNEL
