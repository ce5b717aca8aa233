// The steps of the optimizers that divide by a root, each one pass over the parameters, the gradient
// and the state. kernels.hpp includes this once for each instruction set.

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

  /// v ← v + gain (g² − v);  x ← x − η g / √(v + ε)
  template <class S>
  static void rms_prop(Index count, S* parameters, const S* gradient, S* mean_square, S gain,
                       S rate, S epsilon) {
    epsilon = normal(epsilon);
    const auto step = [=](auto& x, auto g, auto& v) {
      v = approach<S>(gain, v, g);
      x = multiply_add<S>(-rate * g, reciprocal_root<S>(v + epsilon), x);
    };
    each<S>(count, step, parameters, gradient, mean_square);
  }

  /// v ← v + gain (g² − v);  g ← g √(d + ε) / √(v + ε);  d ← d + gain (g² − d);  x ← x − η g
  template <class S>
  static void adadelta(Index count, S* parameters, S* gradient, S* mean_square, S* mean_square_step,
                       S gain, S rate, S epsilon) {
    epsilon = normal(epsilon);
    const auto step = [=](auto& x, auto& g, auto& v, auto& d) {
      v = approach<S>(gain, v, g);
      const auto before = d + epsilon;
      g *= before * reciprocal_root<S>(before) * reciprocal_root<S>(v + epsilon);
      d = approach<S>(gain, d, g);
      x = multiply_add<S>(broadcast(-rate), g, x);
    };
    each<S>(count, step, parameters, gradient, mean_square, mean_square_step);
  }

  /// m ← m + gain₁ (g − m);  v ← v + gain₂ (g² − v);
  /// x ← x − decay x − (rate m + gradient_rate g) / (√v + ε)
  template <class S>
  static void adam(Index count, S* parameters, const S* gradient, S* mean, S* mean_square, S gain_1,
                   S gain_2, S decay, S rate, S gradient_rate, S epsilon) {
    const auto step = [=](auto& x, auto g, auto& m, auto& v) {
      m = multiply_add<S>(broadcast(gain_1), g - m, m);
      v = approach<S>(gain_2, v, g);
      const auto root =
          multiply_add<S>(v, reciprocal_root<S>(v + normal(S{0})), broadcast(epsilon));
      const auto by = multiply_add<S>(broadcast(rate), m, gradient_rate * g) / root;
      x = multiply_add<S>(broadcast(-decay), x, x - by);
    };
    each<S>(count, step, parameters, gradient, mean, mean_square);
  }

 private:
  /// v + gain (g² − v)
  template <class S>
  [[gnu::always_inline]] static V<S> approach(S gain, V<S> v, V<S> g) {
    return multiply_add<S>(broadcast(gain), multiply_add<S>(g, g, -v), v);
  }
  /// At least the smallest normal number, so that there is no root of 0.
  template <class S>
  static S normal(S epsilon) {
    return std::max(epsilon, std::numeric_limits<S>::min());
  }
};
