#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <tributary/core/random.hpp>
#include <tributary/inference/predictor.hpp>
#include <tributary/model/sequential.hpp>
#include <vector>

/// The outputs of a net by its definition, value by value in double. Only the layout of the
/// parameters is the library's.
namespace reference {

using namespace tributary;
using Numbers = std::vector<double>;

inline std::size_t at(Index i) { return static_cast<std::size_t>(i); }
/// W(output, input) in panels of 32 outputs, the last one narrower.
inline std::size_t place(Index output, Index input, Index inputs, Index outputs) {
  const Index first = output / 32 * 32;
  return at(first * inputs + input * std::min<Index>(32, outputs - first) + output - first);
}

template <int In, int Out>
Numbers apply(const Dense<In, Out>&, Shape, Shape, const Numbers& p, const Numbers& x) {
  Numbers y(p.end() - Out, p.end());
  for (Index o = 0; o < Out; ++o)
    for (Index i = 0; i < In; ++i)
      y[at(o)] += p[at(DensePart<double, In, Out>::place(o, i))] * x[at(i)];
  return y;
}

/// Calls f(number of the place in y, number in the image, number in the window) for all pixels of
/// the image that a window reaches.
template <class F>
void for_windows(Shape in, Shape out, Index size, Index stride, Index above, Index left,
                 const F& f) {
  for (Index place = 0; place < out.height * out.width; ++place) {
    for (Index pixel = 0; pixel < size * size; ++pixel) {
      const Index row = place / out.width * stride + pixel / size - above;
      const Index column = place % out.width * stride + pixel % size - left;
      if (row >= 0 && row < in.height && column >= 0 && column < in.width)
        f(place, (row * in.width + column), pixel);
    }
  }
}
template <int Filters, int Kernel, int Stride, Padding Border>
Numbers apply(const Conv2D<Filters, Kernel, Stride, Border>&, Shape in, Shape out, const Numbers& p,
              const Numbers& x) {
  const auto before = [](Index n, Index places) {
    return Border == Padding::same ? std::max<Index>((places - 1) * Stride + Kernel - n, 0) / 2 : 0;
  };
  const Index k = in.channels;
  Numbers y;
  for (Index i = 0; i < out.height * out.width; ++i) y.insert(y.end(), p.end() - Filters, p.end());
  for_windows(in, out, Kernel, Stride, before(in.height, out.height), before(in.width, out.width),
              [&](Index to, Index from, Index tap) {
                for (Index f = 0; f < Filters; ++f)
                  for (Index c = 0; c < k; ++c)
                    y[at(to * Filters + f)] +=
                        p[place(f, tap * k + c, Kernel * Kernel * k, Filters)] *
                        x[at(from * k + c)];
              });
  return y;
}
template <int Size, int Stride>
Numbers apply(const MaxPool2D<Size, Stride>&, Shape in, Shape out, const Numbers&,
              const Numbers& x) {
  Numbers y(at(out), -1e300);
  for_windows(in, out, Size, Stride, 0, 0, [&](Index to, Index from, Index) {
    for (Index c = 0; c < in.channels; ++c) {
      double& most = y[at(to * in.channels + c)];
      most = std::max(most, x[at(from * in.channels + c)]);
    }
  });
  return y;
}
template <int Size, int Stride>
Numbers apply(const AveragePool2D<Size, Stride>&, Shape in, Shape out, const Numbers&,
              const Numbers& x) {
  Numbers y(at(out));
  for_windows(in, out, Size, Stride, 0, 0, [&](Index to, Index from, Index) {
    for (Index c = 0; c < in.channels; ++c)
      y[at(to * in.channels + c)] += x[at(from * in.channels + c)] / (Size * Size);
  });
  return y;
}
inline Numbers apply(const BatchNorm& settings, Shape in, Shape, const Numbers& p, Numbers x) {
  const std::size_t channels = at(in.channels);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t k = i % channels;
    x[i] = p[k] * (x[i] - p[2 * channels + k]) / std::sqrt(p[3 * channels + k] + settings.epsilon) +
           p[channels + k];
  }
  return x;
}

inline double value(Relu, double x) { return std::max(x, 0.0); }
inline double value(LeakyRelu f, double x) { return x > 0 ? x : f.slope * x; }
inline double value(Elu f, double x) { return x > 0 ? x : f.alpha * std::expm1(x); }
inline double value(Tanh, double x) { return std::tanh(x); }
inline double value(Sigmoid, double x) { return 1 / (1 + std::exp(-x)); }
inline double value(SigmoidCrossEntropy, double x) { return 1 / (1 + std::exp(-x)); }
inline double value(HardSigmoid, double x) { return std::clamp(x / 5 + 0.5, 0.0, 1.0); }
inline double value(Swish, double x) { return x / (1 + std::exp(-x)); }
inline double value(Softplus, double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}
template <class L>
double value(const L&, double x) {
  return x;  // Linear, Dropout, Image, Flatten and heads that leave outputs as they are
}
template <class L>
Numbers apply(const L& layer, Shape, Shape, const Numbers&, Numbers x) {
  for (double& number : x) number = value(layer, number);
  return x;
}
inline Numbers apply(const SoftmaxCrossEntropy&, Shape, Shape, const Numbers&, Numbers x) {
  const double most = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (double& z : x) sum += z = std::exp(z - most);
  for (double& z : x) z /= sum;
  return x;
}

template <class Net, class S>
Numbers scores(const Net& net, const Vector<S>& parameters, Numbers x) {
  Index begin = 0;
  net.describe([&](const auto& layer, Shape in, Shape out, Index count) {
    Numbers p;
    for (Index i = 0; i < count; ++i) p.push_back(static_cast<double>(parameters[begin + i]));
    begin += count;
    x = apply(layer, in, out, p, x);
  });
  return x;
}

/// A result as of Trainer::train, with any parameters.
template <class Net>
struct Trained {
  Net model;
  Vector<typename Net::Scalar> values;
  const auto& parameters() const { return values; }
};
/// Normally distributed parameters that preserve the size of activations; variances are positive.
template <class Net>
Trained<Net> drawn(const Net& net, std::uint64_t seed = 1) {
  using S = typename Net::Scalar;
  Trained<Net> trained{net, Vector<S>(net.parameter_count())};
  Rng rng = Seed{seed}.rng();
  net.initialize(trained.values, rng);
  Index begin = 0;
  net.describe([&](const auto& layer, Shape, Shape out, Index count) {
    for (S& p : trained.values.segment(begin, count))
      if (p == 0) p = static_cast<S>(0.3 * normal(rng));  // biases
    if constexpr (std::same_as<std::remove_cvref_t<decltype(layer)>, BatchNorm>) {
      auto variance = trained.values.segment(begin + count - out.channels, out.channels);
      for (S& p : variance) p = static_cast<S>(0.5 + uniform(rng));
    }
    begin += count;
  });
  return trained;
}

template <class S>
std::vector<S> normals(Index count, std::uint64_t seed, double scale = 1) {
  std::vector<S> numbers(at(count));
  Rng rng = Seed{seed}.rng();
  for (S& x : numbers) x = static_cast<S>(scale * normal(rng));
  return numbers;
}

/// The largest difference between a predictor's scores and those by definition, of some events.
template <class P, class T>
double error(const P& predictor, const T& trained, double scale = 1) {
  using S = typename P::Scalar;
  double worst = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<S> x = normals<S>(P::inputs(), 100 + seed, scale);
    std::vector<S> y(at(P::outputs()));
    predictor.predict(x, y);
    const Numbers truth = scores(trained.model, trained.values, Numbers(x.begin(), x.end()));
    for (std::size_t i = 0; i < y.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(y[i]) - truth[i]));
  }
  return worst;
}

/// Calls f(instructions) for each that this CPU has.
template <class F>
void for_each_simd(const F& f) {
  for (const Simd instructions : {Simd::portable, Simd::avx2, Simd::avx512})
    if (instructions <= simd()) f(instructions);
}

}  // namespace reference
