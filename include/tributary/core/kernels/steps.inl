// SPDX-License-Identifier: Apache-2.0
// The steps of the optimizers that divide by a root. Each makes one pass over the parameters, the
// gradient and the state. kernels.hpp includes this once for each instruction set.

struct Steps {
  /// a ← a + g²;  x ← x − η g / √(a + ε)
  template <class S>
  static void adagrad(Index count, S* parameters, const S* gradient, S* accumulator, S rate,
                      S epsilon) {
    epsilon = normal(epsilon);
    const auto step = [=](auto& x, auto g, auto& a) {
      a = multiply_add<S>(g, g, a);
      x = multiply_add<S>(-rate * g, reciprocal_root<S>(a + epsilon), x);
    };
    each<S>(count, step, parameters, gradient, accumulator);
  }

  /// v ← ρ v + (1 − ρ) g²;  x ← x − η g / √(v + ε)
  template <class S>
  static void rms_prop(Index count, S* parameters, const S* gradient, S* mean_square,
                       Forgetting<S> rho, S rate, S epsilon) {
    epsilon = normal(epsilon);
    const auto step = [=](auto& x, auto given, auto& v) {
      const auto g = with_square<S>(given);
      v = mean<S>(rho, v, rho.gain * g, g);
      x = multiply_add<S>(-rate * g, reciprocal_root<S>(v + epsilon), x);
    };
    each<S>(count, step, parameters, gradient, mean_square);
  }

  /// v ← ρ v + (1 − ρ) g²;  g ← g √(d + ε) / √(v + ε);  d ← ρ d + (1 − ρ) g²;  x ← x − η g
  template <class S>
  static void adadelta(Index count, S* parameters, S* gradient, S* mean_square, S* mean_square_step,
                       Forgetting<S> rho, S rate, S epsilon) {
    epsilon = normal(epsilon);
    const auto step = [=](auto& x, auto& g, auto& v, auto& d) {
      g = with_square<S>(g);
      v = mean<S>(rho, v, rho.gain * g, g);
      const auto before = d + epsilon;
      g *= before * reciprocal_root<S>(before) * reciprocal_root<S>(v + epsilon);
      d = mean<S>(rho, d, rho.gain * g, g);
      x = multiply_add<S>(broadcast(-rate), g, x);
    };
    each<S>(count, step, parameters, gradient, mean_square, mean_square_step);
  }

  /// m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;
  /// x ← x − decay x − (rate m + gradient_rate g) / (√v + ε)
  template <class S>
  static void adam(Index count, S* parameters, const S* gradient, S* first, S* second,
                   Forgetting<S> beta_1, Forgetting<S> beta_2, S decay, S rate, S gradient_rate,
                   S epsilon) {
    const auto step = [=](auto& x, auto given, auto& m, auto& v) {
      const auto g = with_square<S>(given);
      m = mean<S>(beta_1, m, broadcast(beta_1.gain), g);
      v = mean<S>(beta_2, v, beta_2.gain * g, g);
      const auto root =
          multiply_add<S>(v, reciprocal_root<S>(v + normal(S{0})), broadcast(epsilon));
      const auto by = multiply_add<S>(broadcast(rate), m, gradient_rate * g) / root;
      x = multiply_add<S>(broadcast(-decay), x, x - by);
    };
    each<S>(count, step, parameters, gradient, first, second);
  }

 private:
  /// The kept part of m, plus a b.
  template <class S>
  [[gnu::always_inline]] static V<S> mean(const Forgetting<S>& of, V<S> m, V<S> a, V<S> b) {
    return multiply_add<S>(a, b, multiply_add<S>(broadcast(of.factor), m, of.whole * m));
  }
  /// Clamps finite values to about √max, so that their square is finite. Steps are then at most η
  /// for any size of the gradient.
  template <class S>
  [[gnu::always_inline]] static V<S> with_square(V<S> g) {
    constexpr auto most = std::bit_cast<MagnitudeBits<S>>(S(sizeof(S) == 4 ? 1.8e19 : 1.3e154));
    constexpr auto sign = std::numeric_limits<MagnitudeBits<S>>::min();
    const auto bits = magnitude_bits<S>(g);
    const auto cut = reinterpret_cast<V<S>>((reinterpret_cast<decltype(bits)>(g) & sign) | most);
    return ((bits > most) & (bits < signed_infinity_bits<S>)) ? cut : g;
  }
  /// At least the smallest normal number, so that no root is 0.
  template <class S>
  static S normal(S epsilon) {
    return std::max(epsilon, std::numeric_limits<S>::min());
  }
};
