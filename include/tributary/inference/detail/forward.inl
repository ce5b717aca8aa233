// SPDX-License-Identifier: Apache-2.0
// All stages of a net in one function, which the compiler can optimize as a whole. forward.hpp
// includes this once for each instruction set.
//
// The order of sums depends on sizes alone, not on vectors. With Summation::fixed, every product
// and every sum is rounded separately, so the bits are the same for all instruction sets.

template <class S, Summation Order, Weights Format>
struct Arithmetic {
  using Scalar = S;
  using Numbers = V<S>;

  /// Hides the value's origin from the compiler, so that it fuses no product with a sum.
  [[gnu::always_inline]] static Numbers opaque(Numbers x) {
#if defined(__x86_64__)
    asm("" : "+v"(x));
#elif defined(__aarch64__)
    asm("" : "+w"(x));
#else
    asm("" : "+m"(x));
#endif
    return x;
  }
  /// a b + c.
  [[gnu::always_inline]] static Numbers add_product(Numbers a, Numbers b, Numbers c) {
    if constexpr (Order == Summation::fast) return multiply_add<S>(a, b, c);
    return opaque(a * b) + c;
  }

  // A row of weights in a panel, for one input, is `pairs` pairs of vectors: outputs from q lanes
  // and from 16 + q lanes.
  static constexpr Index half = panel / 2;
  static constexpr int pairs = static_cast<int>(half / lanes<S>);
  static constexpr Index row = weight_numbers(Format, 1, panel);

  /// The first one or two vectors of pair q in a row.
  template <std::size_t Vectors>
  [[gnu::always_inline]] static void read(const S* from, Index q, Numbers (&weights)[Vectors]) {
    from += q * lanes<S>;
    if constexpr (Format == Weights::bfloat16) {
      using Words = V<std::uint32_t>;
      const Words words = *reinterpret_cast<const Words*>(from);
      weights[0] = reinterpret_cast<Numbers>(words << 16);
      if constexpr (Vectors == 2) weights[1] = reinterpret_cast<Numbers>(words & 0xffff0000);
    } else {
      weights[0] = load(from);
      if constexpr (Vectors == 2) weights[1] = load(from + half);
    }
  }

  /// eˣ = power (1 + rest) for x ≤ 0, with |rest| < √2 − 1; x is at least `lowest`.
  struct Exponential {
    Numbers power, rest;
  };
  static constexpr bool single = sizeof(S) == sizeof(float);
  static constexpr S lowest = single ? S(-87) : S(-708);  // so that the power is a normal number

  [[gnu::always_inline]] static Exponential exponential(Numbers x) {
    using Bits = std::conditional_t<single, std::uint32_t, std::uint64_t>;
    constexpr int digits = std::numeric_limits<S>::digits - 1;
    // Adding this rounds to an integer in the lowest bits.
    constexpr S rounding = S(1.5) * static_cast<S>(Bits{1} << digits);
    // ln 2 in two parts. The first has few digits.
    constexpr S ln2 = single ? S(0.693359375) : S(0.693145751953125);
    constexpr S ln2_rest = single ? S(-2.12194440054690583e-4) : S(1.42860682030941723212e-6);
    const Numbers rounded =
        opaque(add_product(x, broadcast(S(1.44269504088896340736)), broadcast(rounding)));
    const Numbers n = rounded - rounding;
    const Numbers r = add_product(n, broadcast(-ln2_rest), add_product(n, broadcast(-ln2), x));

    // Taylor series of eʳ − 1 − r, divided by r².
    constexpr int terms = single ? 6 : 12;
    Numbers sum = broadcast(inverse_factorial<terms + 1>);
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((sum = add_product(sum, r, broadcast(inverse_factorial<terms - I>))), ...);
    }
    (std::make_integer_sequence<int, terms - 1>{});
    const V<Bits> power = (reinterpret_cast<V<Bits>>(rounded) << digits) +
                          (static_cast<Bits>(std::numeric_limits<S>::max_exponent - 1) << digits);
    return {reinterpret_cast<Numbers>(power), add_product(r * r, sum, r)};
  }
  template <int N>
  static constexpr S inverse_factorial = [] {
    double product = 1;
    for (int i = 2; i <= N; ++i) product *= i;
    return static_cast<S>(1 / product);
  }();

  // NaN stays NaN in both, and so in all functions.
  [[gnu::always_inline]] static Numbers at_most(Numbers x, S most) {
    return x > most ? broadcast(most) : x;
  }
  [[gnu::always_inline]] static Numbers at_least(Numbers x, S least) {
    return x < least ? broadcast(least) : x;
  }
  [[gnu::always_inline]] static Numbers minus_magnitude(Numbers x) { return x < 0 ? x : -x; }

  /// eˣ for x ≤ 0; 0 instead of a subnormal result.
  [[gnu::always_inline]] static Numbers exp(Numbers x) {
    const Exponential e = exponential(at_least(x, lowest));
    return x <= lowest ? Numbers{} : add_product(e.power, e.rest, e.power);
  }
  /// eˣ − 1 for x ≤ 0.
  [[gnu::always_inline]] static Numbers expm1(Numbers x) {
    const Exponential e = exponential(at_least(x, lowest));
    return add_product(e.power, e.rest, e.power - 1);
  }
  /// ln(1 + x) for x in [0, 1]: the series of 2 artanh(x / (2 + x)).
  [[gnu::always_inline]] static Numbers log1p(Numbers x) {
    constexpr int terms = single ? 8 : 17;
    const Numbers s = x / (2 + x), square = s * s;
    Numbers sum = broadcast(S(2) / (2 * terms - 1));
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((sum = add_product(sum, square, broadcast(S(2) / (2 * (terms - 1 - I) - 1)))), ...);
    }
    (std::make_integer_sequence<int, terms - 1>{});
    return opaque(s * sum);
  }

  // The functions of a net. None overflows or turns a number into NaN. `setting` is the only
  // parameter.
  [[gnu::always_inline]] static Numbers value(std::type_identity<Relu>, Numbers x, S) {
    return above_zero<S>(x);
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<LeakyRelu>, Numbers x, S slope) {
    return x < 0 ? slope * x : x;
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<Elu>, Numbers x, S alpha) {
    return x < 0 ? alpha * expm1(at_most(x, 0)) : x;
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<Tanh>, Numbers x, S) {
    const Numbers e = expm1(2 * at_least(minus_magnitude(x), lowest / 2)), y = e / (2 + e);
    return x < 0 ? y : -y;
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<Sigmoid>, Numbers x, S) {
    const Numbers e = exp(minus_magnitude(x));
    return (x < 0 ? e : broadcast(S(1))) / (1 + e);
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<SigmoidCrossEntropy>, Numbers x,
                                              S) {
    return value(std::type_identity<Sigmoid>{}, x, 0);
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<HardSigmoid>, Numbers x, S) {
    return at_most(at_least(x / 5 + S(0.5), 0), 1);
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<Swish>, Numbers x, S) {
    return x * value(std::type_identity<Sigmoid>{}, x, 0);
  }
  [[gnu::always_inline]] static Numbers value(std::type_identity<Softplus>, Numbers x, S) {
    return at_least(x, 0) + log1p(exp(minus_magnitude(x)));
  }
};

/// Rows of sums for the outputs of some panels. Each has some of the pairs of vectors of a row of
/// weights. g++ 12 keeps them in registers only if every loop over them is unrolled.
template <class A, int Rows, int Panels, int Pairs, int Vectors>
struct Sums {
  using S = typename A::Scalar;
  using Numbers = typename A::Numbers;
  Numbers rows[std::size_t{Rows}][std::size_t{Panels}][std::size_t{Pairs}][std::size_t{Vectors}];

  /// Calls f(sums, index of the first output) for all vectors of a row.
  template <class F>
  [[gnu::always_inline]] void for_each(int row, const F& f) {
#pragma GCC unroll 16
    for (int p = 0; p < Panels; ++p)
#pragma GCC unroll 16
      for (int q = 0; q < Pairs; ++q)
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v)
          f(rows[row][p][q][v], p * panel + q * lanes<S> + v * A::half);
  }
  /// Sets every row.
  [[gnu::always_inline]] void fill(const S* from) {
#pragma GCC unroll 16
    for (int row = 0; row < Rows; ++row)
      for_each(row, [&](Numbers& sums, Index output) { sums = load(from + output); });
  }
  [[gnu::always_inline]] void clear() {
#pragma GCC unroll 16
    for (int row = 0; row < Rows; ++row)
      for_each(row, [](Numbers& sums, Index) { sums = Numbers{}; });
  }
  /// Adds the weights times the factor to a row; those of two panels are `apart` elements apart.
  [[gnu::always_inline]] void add(int row, const S* w, Index apart, S factor) {
    const Numbers factors = broadcast(factor);
#pragma GCC unroll 16
    for (int p = 0; p < Panels; ++p) {
#pragma GCC unroll 16
      for (int q = 0; q < Pairs; ++q) {
        Numbers weights[std::size_t{Vectors}];
        A::read(w + p * apart, q, weights);
#pragma GCC unroll 16
        for (int v = 0; v < Vectors; ++v)
          rows[row][p][q][v] = A::add_product(weights[v], factors, rows[row][p][q][v]);
      }
    }
  }
  /// Sums the first Count rows into the first one, pairwise: each row of the lower half with one of
  /// the upper half, and so on.
  template <int Count = Rows>
  [[gnu::always_inline]] void add_rows() {
    if constexpr (Count > 1) {
#pragma GCC unroll 16
      for (int row = 0; row < Count / 2; ++row)
#pragma GCC unroll 16
        for (int p = 0; p < Panels; ++p)
#pragma GCC unroll 16
          for (int q = 0; q < Pairs; ++q)
#pragma GCC unroll 16
            for (int v = 0; v < Vectors; ++v) rows[row][p][q][v] += rows[row + Count / 2][p][q][v];
      add_rows<Count / 2>();
    }
  }
};

template <class Plan, Summation Order, Weights Format>
struct Forward : private Arithmetic<typename Plan::Scalar, Order, Format> {
  using S = typename Plan::Scalar;
  using Base = Arithmetic<S, Order, Format>;
  using Numbers = typename Base::Numbers;
  using Base::add_product, Base::half, Base::pairs, Base::row;

  /// The scores of events with contiguous features and scores. Many events use other kernels than
  /// one.
  template <bool Many, class Scratch>
  static void run(const typename Plan::Stages& stages, const S* memory, bool prepares, S missing,
                  const S* features, Index events, Scratch& scratch, S* scores) {
    constexpr Index stride = whole_panels(Plan::inputs);
    S* const here = scratch.here.data();
    S* const there = scratch.there.data();
    const S* z = nullptr;
    if (Plan::copies || prepares) {
      for (Index event = 0; event < events; ++event)
        prepare(memory + Plan::offsets[Plan::count], missing, features + event * Plan::inputs,
                here + event * stride);
      z = ascend<Many, 0>(stages, memory, here, stride, events, here, there, scratch);
    } else {
      z = ascend<Many, 0>(stages, memory, features, Plan::inputs, events, here, there, scratch);
    }
    for (Index event = 0; event < events; ++event)
      std::copy_n(z + event * whole_panels(Plan::outputs), Plan::outputs,
                  scores + event * Plan::outputs);
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
    // Comparisons may have lost the NaN of a missing feature without a default.
    const S* const defaults = memory + Plan::offsets[Plan::count];
    for (Index event = 0; event < events; ++event) {
      for (Index i = 0; i < Plan::inputs; ++i) {
        const S x = features[event * Plan::inputs + i];
        if ((is_nan(x) || (!is_nan(missing) && x == missing)) && is_nan(defaults[i]))
          std::fill_n(scores + event * Plan::outputs, Plan::outputs,
                      std::numeric_limits<S>::quiet_NaN());
      }
    }
#endif
  }

 private:
  /// (x + offset) scale, or for a missing feature the scaled default.
  static void prepare(const S* settings, S missing, const S* features, S* x) {
    constexpr Index width = whole_panels(Plan::inputs);
    using Mask = MagnitudeBits<S>;
    const auto is_number = broadcast(is_nan(missing) ? Mask{0} : Mask{-1});
    std::copy_n(features, Plan::inputs, x);
    fill_up<Plan::inputs>(x);
    for (Index i = 0; i < width; i += lanes<S>, settings += lanes<S>) {
      const Numbers given = load(x + i);
      const auto equal = (given == missing) & is_number;
      const auto absent = nan_lanes<S>(given) | equal;
      const Numbers present = absent ? Numbers{} : given;
      // The offset has two parts, as one value is often not precise enough.
      const Numbers moved = present + load(settings + width) + load(settings + 2 * width);
      store<S>(x + i, absent ? load(settings) : moved * load(settings + 3 * width));
    }
  }

  template <Index Count>
  [[gnu::always_inline]] static void fill_up(S* x) {
    std::fill(x + Count, x + whole_panels(Count), S{0});
  }

  /// Runs the stages from I to the last, alternating between two scratch buffers. x is `here`, or
  /// the features at first. Returns the address of the scores.
  template <bool Many, std::size_t I>
  [[gnu::always_inline]] static const S* ascend(const typename Plan::Stages& stages,
                                                const S* memory, const S* x, Index stride,
                                                Index events, S* here, S* there, auto& scratch) {
    if constexpr (I == Plan::count) {
      return x;
    } else if constexpr (Plan::template identity<I>) {
      return ascend<Many, I + 1>(stages, memory, x, stride, events, here, there, scratch);
    } else {
      const auto& stage = std::get<I>(stages);
      const S* const numbers = memory + Plan::offsets[I];
      if constexpr (Plan::template in_place<I>) {
        for (Index event = 0; event < events; ++event)
          change(stage, numbers, here + event * stride);
        return ascend<Many, I + 1>(stages, memory, here, stride, events, here, there, scratch);
      } else {
        constexpr Index next = whole_panels(Plan::template At<I>::outputs);
        if constexpr (Many && Plan::template many_at_once<I>) {
          multiply_all(stage, numbers, x, stride, events, there);
        } else {
          for (Index event = 0; event < events; ++event)
            pass<Plan::template sparse<I>>(stage, numbers, x + event * stride, there + event * next,
                                           scratch);
        }
        return ascend<Many, I + 1>(stages, memory, there, next, events, there, here, scratch);
      }
    }
  }

  // Stages that transform values in place.

  template <class L, Shape Inputs>
  static void change(const Stage<S, L, Inputs>&, const S* settings, S* x) {
    const S setting = Stage<S, L, Inputs>::size(Format) > 0 ? *settings : S{0};
    for (Index i = 0; i < whole_panels(Inputs); i += lanes<S>)
      store<S>(x + i, Base::value(std::type_identity<L>{}, load(x + i), setting));
  }
  template <Shape Inputs>
  static void change(const Stage<S, BatchNorm, Inputs>&, const S* settings, S* x) {
    constexpr Index width = whole_panels(Inputs);
    for (Index i = 0; i < width; i += lanes<S>, settings += lanes<S>) {
      store<S>(x + i, add_product(load(x + i) - load(settings), load(settings + width),
                                  load(settings + 2 * width)));
    }
  }
  template <Shape Inputs>
  static void change(const Stage<S, SoftmaxCrossEntropy, Inputs>&, const S*, S* x) {
    S most = x[0];
    for (Index i = 1; i < Inputs; ++i) most = x[i] > most ? x[i] : most;
    // The padding of the last vector may be larger.
    for (Index i = 0; i < Inputs; i += lanes<S>)
      store<S>(x + i, Base::exp(Base::at_most(load(x + i) - most, 0)));
    S sum = 0;
    for (Index i = 0; i < Inputs; ++i) sum += x[i];
    for (Index i = 0; i < Inputs; i += lanes<S>) store<S>(x + i, load(x + i) / sum);
  }

  template <Shape Inputs>
  static void change(const Stage<S, Softmax, Inputs>&, const S* settings, S* x) {
    change(Stage<S, SoftmaxCrossEntropy, Inputs>{}, settings, x);
  }

  // Dense layers.

  template <bool Sparse, int In, int Out, Shape Inputs>
  static void pass(const Stage<S, Dense<In, Out>, Inputs>&, const S* w, const S* x, S* y,
                   auto& scratch) {
    using At = Stage<S, Dense<In, Out>, Inputs>;
    const S* const bias = w + At::weight_size(Format);
    if constexpr (At::few_outputs) {
      multiply_few<In, Out>(w, bias, x, y);
    } else if constexpr (Sparse) {
      S* const factors = scratch.image_or_factors.data();
      std::uint32_t* const places = scratch.places.data();
      Index count = 0;
      for (Index i = 0; i < In; ++i) {
        factors[count] = x[i];
        places[count] = static_cast<std::uint32_t>(i * row);
        count += x[i] != 0;
      }
      multiply<In, Out>(
          w, bias, factors, count, [=](Index k) { return Index{places[k]}; }, y);
    } else {
      multiply<In, Out>(
          w, bias, x, In, [](Index k) { return k * row; }, y);
    }
  }

  /// y = b + Σₖ W(:, k) factorₖ, where the row of k is at place(k) in a panel.
  template <Index In, Index Out>
  [[gnu::always_inline]] static void multiply(const S* w, const S* bias, const S* factors,
                                              Index count, const auto& place, S* y) {
    constexpr Index panels = whole_panels(Out) / panel, apart = In * row;
    constexpr int vectors = Out > half ? 2 : 1;
    // Each sum has so many parts that eight vectors are summed at once, the number of multiply-adds
    // that a CPU executes concurrently.
    constexpr int parts = panels >= 4 ? 1 : panels >= 2 ? 2 : vectors == 2 ? 4 : 8;
    constexpr int at_once = 8 / parts / vectors;  // pairs
    constexpr int of_panel = std::min(at_once, pairs);
    const auto sum = [&](auto panels_at_once, Index first) {
      for (Index q = 0; q < pairs && q * lanes<S> < Out; q += of_panel) {
        const Index output = first * panel + q * lanes<S>;
        Sums<Base, parts, panels_at_once(), of_panel, vectors> sums;
        sum_up(sums, w + first * apart + q * lanes<S>, apart, bias + output, factors, count, place,
               y + output);
      }
    };
    in_tiles<at_once / of_panel>(0, panels, sum);
    if constexpr (vectors == 1) fill_up<Out>(y);
  }

  template <int Parts, int Panels, int Pairs, int Vectors>
  [[gnu::always_inline]] static void sum_up(Sums<Base, Parts, Panels, Pairs, Vectors>& sums,
                                            const S* w, Index apart, const S* bias,
                                            const S* factors, Index count, const auto& place,
                                            S* y) {
    sums.clear();
    sums.for_each(0, [&](Numbers& sum, Index output) { sum = load(bias + output); });
    const Index whole = count / Parts * Parts;
    for (Index k = 0; k < whole; k += Parts) {
#pragma GCC unroll 16
      for (int part = 0; part < Parts; ++part)
        sums.add(part, w + place(k + part), apart, factors[k + part]);
    }
    for (Index k = whole; k < count; ++k) sums.add(0, w + place(k), apart, factors[k]);
    sums.add_rows();
    sums.for_each(0, [&](Numbers sum, Index output) { store<S>(y + output, sum); });
  }

  /// y = b + W x; each output is a sum of 32 parts.
  template <Index In, Index Out>
  static void multiply_few(const S* w, const S* bias, const S* x, S* y) {
    constexpr Index width = whole_panels(In);
    for (Index o = 0; o < Out; ++o, w += width) {
      Numbers sums[2 * pairs] = {};
      for (Index i = 0; i < width; i += panel) {
#pragma GCC unroll 32
        for (int v = 0; v < 2 * pairs; ++v)
          sums[v] = add_product(load(w + i + v * lanes<S>), load(x + i + v * lanes<S>), sums[v]);
      }
      S parts[panel];
#pragma GCC unroll 32
      for (int v = 0; v < 2 * pairs; ++v) store<S>(parts + v * lanes<S>, sums[v]);
#pragma GCC unroll 8
      for (Index rest = half; rest > 0; rest /= 2)
        for (Index i = 0; i < rest; ++i) parts[i] += parts[i + rest];
      y[o] = bias[o] + parts[0];
    }
    fill_up<Out>(y);
  }

  /// Outputs of J events: one vector or a pair, starting at `output`.
  template <int J, int Vectors, Index Out, bool Whole>
  [[gnu::always_inline]] static void multiply_tile(const S* w, const S* bias, Runs inputs,
                                                   const S* x, Index stride, Index output, S* y) {
    Sums<Base, J, 1, 1, Vectors> sums;
    sums.fill(bias + output);
    for (Index run = 0; run < inputs.count; ++run, x += inputs.stride) {
      for (Index i = 0; i < inputs.length; ++i, w += row) {
#pragma GCC unroll 16
        for (int j = 0; j < J; ++j) sums.add(j, w, 0, x[j * stride + i]);
      }
    }
#pragma GCC unroll 16
    for (int j = 0; j < J; ++j) {
      S* const to = y + j * (Whole ? whole_panels(Out) : Out) + output;
      sums.for_each(j, [&](Numbers sum, Index o) {
        if (Whole || output + o + lanes<S> <= Out) {
          store<S>(to + o, sum);
        } else {
          S some[lanes<S>];
          store<S>(some, sum);
          std::copy_n(some, std::max<Index>(Out - output - o, 0), to + o);
        }
      });
    }
  }

  template <int In, int Out, Shape Inputs>
  static void multiply_all(const Stage<S, Dense<In, Out>, Inputs>&, const S* w, const S* x,
                           Index stride, Index events, S* y) {
    const Index biases = Stage<S, Dense<In, Out>, Inputs>::weight_size(Format);
    multiply_many<Out, true>(w, w + biases, In, x, stride, events, y);
  }

  /// y = b + W x for each event, whose inputs lie in runs. The outputs of two events are whole
  /// panels apart (Whole), or contiguous.
  template <Index Out, bool Whole>
  static void multiply_many(const S* w, const S* bias, Runs inputs, const S* x, Index stride,
                            Index events, S* y) {
    constexpr Index y_stride = Whole ? whole_panels(Out) : Out;
    for (Index first = 0; first < Out; first += panel, w += inputs.length * inputs.count * row) {
      const auto sum = [&](auto vectors, Index q) {
        in_tiles<few_rows>(0, events, [&](auto rows, Index event) {
          multiply_tile<rows(), vectors(), Out, Whole>(w + q * lanes<S>, bias, inputs,
                                                       x + event * stride, stride,
                                                       first + q * lanes<S>, y + event * y_stride);
        });
      };
      const Index rest = Out - first;
      for (Index q = 0; q < pairs && q * lanes<S> < rest; ++q) {
        if (rest > half + q * lanes<S>) {
          sum(std::integral_constant<int, 2>{}, q);
        } else {
          sum(std::integral_constant<int, 1>{}, q);
        }
      }
    }
    if constexpr (Whole && Out % panel != 0)
      for (Index event = 0; event < events; ++event) fill_up<Out>(y + event * y_stride);
  }

  // Layers of images, and layers outside the library.

  template <bool, int Filters, int Kernel, int Stride, Padding Border, Shape Inputs>
  static void pass(const Stage<S, Conv2D<Filters, Kernel, Stride, Border>, Inputs>&, const S* w,
                   const S* x, S* y, auto& scratch) {
    using At = Stage<S, Conv2D<Filters, Kernel, Stride, Border>, Inputs>;
    constexpr Window window = At::window;
    if constexpr (At::scratch > 0) {
      constexpr Index line = Inputs.width * Inputs.channels;
      S* const image = scratch.image_or_factors.data();
      S* const inside =
          image + At::rows_added / 2 * window.line() + At::columns_added / 2 * window.channels;
      std::fill_n(image, window.image(), S{0});
      for (Index i = 0; i < Inputs.height; ++i)
        std::copy_n(x + i * line, line, inside + i * window.line());
      x = image;
    }
    for (Index i = 0; i < window.rows(); ++i)
      multiply_many<Filters, false>(w, w + At::weight_size(Format), window.runs(),
                                    x + window.at(i, 0), window.at(0, 1), window.columns(),
                                    y + i * window.columns() * Filters);
    fill_up<At::outputs>(y);
  }

  template <bool, int Size, int Stride, Shape Inputs>
  static void pass(const Stage<S, MaxPool2D<Size, Stride>, Inputs>&, const S*, const S* x, S* y,
                   auto&) {
    pool<Stage<S, MaxPool2D<Size, Stride>, Inputs>>(x, y, [](auto& most, auto value) {
      most = ((most > value) | nan_lanes<S>(most)) ? most : value;  // NaN is the maximum
    });
  }
  template <bool, int Size, int Stride, Shape Inputs>
  static void pass(const Stage<S, AveragePool2D<Size, Stride>, Inputs>&, const S*, const S* x, S* y,
                   auto&) {
    constexpr S share = S{1} / static_cast<S>(Index{Size} * Size);
    pool<Stage<S, AveragePool2D<Size, Stride>, Inputs>>(
        x, y, [](auto& sum, auto value) { sum += value; });
    for (Index i = 0; i < whole_panels(Stage<S, AveragePool2D<Size, Stride>, Inputs>::outputs);
         i += lanes<S>)
      store<S>(y + i, load(y + i) * share);
  }
  /// Combines each element of a window with the first one by add(so far, element).
  template <class At>
  static void pool(const S* x, S* y, const auto& add) {
    constexpr Window window = At::window;
    S* to = y;
    for (Index i = 0; i < window.rows(); ++i) {
      for (Index j = 0; j < window.columns(); ++j, to += window.channels) {
        const S* const from = x + window.at(i, j);
        std::copy_n(from, window.channels, to);
        for (Index k = 1; k < window.taps(); ++k)
          each<S>(window.channels, add, to, from + window.tap(k));
      }
    }
    fill_up<At::outputs>(y);
  }

  template <bool, class L, Shape Inputs>
  static void pass(const Stage<S, L, Inputs>& stage, const S* settings, const S* x, S* y, auto&) {
    stage.forward(settings, x, y);
    fill_up<Stage<S, L, Inputs>::outputs>(y);
  }
};
