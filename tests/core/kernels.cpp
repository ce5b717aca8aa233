#include <tributary/core/kernels.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <tributary/core/random.hpp>
#include <vector>

using namespace tributary;

namespace {
template <class S>
std::vector<S> noise(Index size, std::uint64_t seed) {
  std::vector<S> numbers(static_cast<std::size_t>(size));
  Rng rng = Seed{seed}.rng();
  for (S& x : numbers) x = static_cast<S>(normal(rng));
  return numbers;
}

/// Calls f with the kernels of each instruction set that this CPU has, and a name to report.
template <class F>
void with_all_kernels(const F& f) {
  for (const Simd level : {Simd::portable, Simd::avx2, Simd::avx512}) {
    if (level > simd()) continue;
    CAPTURE(static_cast<int>(level));
    detail::with_kernels(level, f);
  }
}

/// The position of W(output, input) in a dense layer.
std::size_t place(Index output, Index input, Index inputs, Index outputs) {
  const Index first = output / 32 * 32;
  return static_cast<std::size_t>(first * inputs + input * std::min<Index>(32, outputs - first) +
                                  output - first);
}

struct Sizes {
  Index inputs, outputs, events;
};
constexpr Sizes all_sizes[] = {{1, 1, 1},   {30, 50, 32}, {3, 2, 7},   {5, 33, 3},
                               {37, 64, 9}, {64, 31, 33}, {2, 100, 65}};
}  // namespace

TEST_CASE_TEMPLATE("the products of a dense layer are those of plain loops in double", S, float,
                   double) {
  const double tolerance = 40 * static_cast<double>(std::numeric_limits<S>::epsilon());
  for (const auto [inputs, outputs, events] : all_sizes) {
    CAPTURE(inputs);
    CAPTURE(outputs);
    CAPTURE(events);
    const Index x_stride = inputs + 1, y_stride = (outputs + 31) / 32 * 32 + 16;
    const auto w = noise<S>(inputs * outputs, 1), bias = noise<S>(outputs, 2),
               x = noise<S>(x_stride * events, 3), dy = noise<S>(y_stride * events, 4);
    const auto at = [&](const auto& block, Index stride, Index event, Index i) {
      return static_cast<double>(block[static_cast<std::size_t>(event * stride + i)]);
    };
    const auto weight = [&](const auto& weights, Index o, Index i) {
      return static_cast<double>(weights[place(o, i, inputs, outputs)]);
    };
    with_all_kernels([&](auto kernels) {
      auto y = noise<S>(y_stride * events, 5);
      const auto before = y;
      kernels.template forward<S>(w.data(), bias.data(), inputs, outputs, x.data(), x_stride,
                                  events, y.data(), y_stride);
      auto dx = noise<S>(x_stride * events, 6);
      std::vector<S> scratch(static_cast<std::size_t>(32 * (inputs + outputs)));
      kernels.template input_gradient<S>(w.data(), inputs, outputs, dy.data(), y_stride, events,
                                         dx.data(), x_stride, scratch.data());
      for (Index event = 0; event < events; ++event) {
        for (Index o = 0; o < outputs; ++o) {
          double sum = static_cast<double>(bias[static_cast<std::size_t>(o)]), size = 1;
          for (Index i = 0; i < inputs; ++i) {
            const double term = weight(w, o, i) * at(x, x_stride, event, i);
            sum += term;
            size += std::abs(term);
          }
          REQUIRE(std::abs(at(y, y_stride, event, o) - sum) <= tolerance * size);
        }
        for (Index o = outputs; o < y_stride; ++o)
          REQUIRE(at(y, y_stride, event, o) == at(before, y_stride, event, o));
        for (Index i = 0; i < inputs; ++i) {
          double sum = 0, size = 1;
          for (Index o = 0; o < outputs; ++o) {
            const double term = weight(w, o, i) * at(dy, y_stride, event, o);
            sum += term;
            size += std::abs(term);
          }
          REQUIRE(std::abs(at(dx, x_stride, event, i) - sum) <= tolerance * size);
        }
      }

      for (const bool add : {false, true}) {
        auto dw = noise<S>(inputs * outputs, 7), db = noise<S>(outputs, 8);
        const auto dw_before = dw, db_before = db;
        kernels.template weight_gradient<S>(dy.data(), y_stride, x.data(), x_stride, events, inputs,
                                            outputs, dw.data(), db.data(), add);
        for (Index o = 0; o < outputs; ++o) {
          for (Index i = 0; i <= inputs; ++i) {  // the last one is the bias
            double sum = 0, size = 1;
            if (add) sum = i < inputs ? weight(dw_before, o, i) : at(db_before, 0, 0, o);
            for (Index event = 0; event < events; ++event) {
              const double term =
                  at(dy, y_stride, event, o) * (i < inputs ? at(x, x_stride, event, i) : 1);
              sum += term;
              size += std::abs(term);
            }
            const double found = i < inputs ? weight(dw, o, i) : at(db, 0, 0, o);
            REQUIRE(std::abs(found - sum) <= tolerance * size);
          }
        }
      }
    });
  }
}

TEST_CASE_TEMPLATE("a layer with few outputs may keep the transpose of its weights", S, float,
                   double) {
  const double tolerance = 40 * static_cast<double>(std::numeric_limits<S>::epsilon());
  for (const auto [inputs, outputs, events] :
       {Sizes{1, 1, 1}, {31, 2, 3}, {64, 1, 9}, {500, 8, 5}}) {
    CAPTURE(inputs);
    const auto w = noise<S>(inputs * outputs, 1), bias = noise<S>(outputs, 2),
               x = noise<S>(inputs * events, 3), dy = noise<S>(outputs * events, 4);
    const auto number = [](const auto& numbers, Index i) {
      return static_cast<double>(numbers[static_cast<std::size_t>(i)]);
    };
    const auto weight = [&](const auto& weights, Index o, Index i) {
      return static_cast<double>(weights[place(i, o, outputs, inputs)]);
    };
    with_all_kernels([&](auto kernels) {
      std::vector<S> y(dy.size()), dx(x.size()), dw(w.size());
      kernels.template forward_of_few<S>(w.data(), bias.data(), inputs, outputs, x.data(), inputs,
                                         events, y.data(), outputs);
      kernels.template forward<S>(w.data(), nullptr, outputs, inputs, dy.data(), outputs, events,
                                  dx.data(), inputs);
      kernels.template weight_gradient<S>(x.data(), inputs, dy.data(), outputs, events, outputs,
                                          inputs, dw.data(), nullptr, false);
      for (Index o = 0; o < outputs; ++o) {
        for (Index event = 0; event < events; ++event) {
          double sum = number(bias, o), size = 1;
          for (Index i = 0; i < inputs; ++i) {
            const double term = weight(w, o, i) * number(x, event * inputs + i);
            sum += term;
            size += std::abs(term);
          }
          REQUIRE(std::abs(number(y, event * outputs + o) - sum) <= tolerance * size);
        }
      }
      for (Index i = 0; i < inputs; ++i) {
        for (Index event = 0; event < events; ++event) {
          double sum = 0;
          for (Index o = 0; o < outputs; ++o)
            sum += weight(w, o, i) * number(dy, event * outputs + o);
          REQUIRE(number(dx, event * inputs + i) == doctest::Approx(sum).epsilon(1e-4));
        }
        for (Index o = 0; o < outputs; ++o) {
          double sum = 0;
          for (Index event = 0; event < events; ++event)
            sum += number(x, event * inputs + i) * number(dy, event * outputs + o);
          REQUIRE(weight(dw, o, i) == doctest::Approx(sum).epsilon(1e-4));
        }
      }
    });
  }
}

TEST_CASE_TEMPLATE("products have the same bits with AVX2 and with AVX-512", S, float, double) {
  constexpr Index inputs = 70, outputs = 45, events = 37;
  const auto w = noise<S>(inputs * outputs, 1), bias = noise<S>(outputs, 2),
             x = noise<S>(inputs * events, 3), dy = noise<S>(outputs * events, 4);
  std::vector<std::vector<S>> found;
  for (const Simd level : {Simd::avx2, Simd::avx512}) {
    if (level > simd()) return;
    detail::with_kernels(level, [&](auto kernels) {
      std::vector<S> y(dy.size()), few = y, dx(x.size()), dw(w.size()), db(outputs),
                                   scratch(32 * (inputs + outputs));
      kernels.template forward<S>(w.data(), bias.data(), inputs, outputs, x.data(), inputs, events,
                                  y.data(), outputs);
      kernels.template forward_of_few<S>(w.data(), bias.data(), inputs, outputs, x.data(), inputs,
                                         events, few.data(), outputs);
      kernels.template input_gradient<S>(w.data(), inputs, outputs, dy.data(), outputs, events,
                                         dx.data(), inputs, scratch.data());
      kernels.template weight_gradient<S>(dy.data(), outputs, x.data(), inputs, events, inputs,
                                          outputs, dw.data(), db.data(), false);
      for (const auto& numbers : {y, few, dx, dw, db}) found.push_back(numbers);
    });
  }
  for (std::size_t i = 0; i < 5; ++i) CHECK(found[i] == found[i + 5]);
}

TEST_CASE_TEMPLATE("a transpose is correct for any size", S, float, double) {
  for (const auto& [rows, columns] : {std::pair<Index, Index>{1, 1}, {16, 16}, {31, 50}, {5, 40}}) {
    const auto from = noise<S>(rows * (columns + 3), 1);
    with_all_kernels([&](auto kernels) {
      std::vector<S> to(static_cast<std::size_t>(columns * (rows + 2)));
      kernels.template transpose<S>(from.data(), columns + 3, rows, columns, to.data(), rows + 2);
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < columns; ++j)
          REQUIRE(to[static_cast<std::size_t>(j * (rows + 2) + i)] ==
                  from[static_cast<std::size_t>(i * (columns + 3) + j)]);
      }
    });
  }
}

TEST_CASE_TEMPLATE("the roots in an optimizer's step keep the accuracy of their type", S, float,
                   double) {
  // From rates of 1: after one step x is −g / √(g² + ε), at all magnitudes of g and every place.
  constexpr Index count = 1003;
  std::vector<S> gradient;
  for (Index i = 0; i < count; ++i)
    gradient.push_back(
        static_cast<S>(std::exp2((static_cast<double>(i) - 500) / 16) * (i % 2 == 0 ? 1 : -1)));
  with_all_kernels([&](auto kernels) {
    std::vector<S> x(count), accumulator(count);
    kernels.template adagrad<S>(count, x.data(), gradient.data(), accumulator.data(), S{1},
                                S(1e-12));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double g = static_cast<double>(gradient[i]);
      const double expected = -g / std::sqrt(g * g + 1e-12);
      REQUIRE(std::abs(static_cast<double>(x[i]) - expected) <=
              4 * static_cast<double>(std::numeric_limits<S>::epsilon()) * std::abs(expected));
    }
    // A gradient of 0 moves nothing, and makes no NaN, even if ε is denormal.
    std::fill(x.begin(), x.end(), S{2});
    std::fill(accumulator.begin(), accumulator.end(), S{0});
    const std::vector<S> zero(count);
    kernels.template adagrad<S>(count, x.data(), zero.data(), accumulator.data(), S{1},
                                std::numeric_limits<S>::denorm_min());
    auto second = accumulator;
    kernels.template adam<S>(count, x.data(), zero.data(), accumulator.data(), second.data(),
                             detail::Forgetting<S>{0.9}, detail::Forgetting<S>{0.9}, S{0}, S{1},
                             S{0}, S(1e-7));
    REQUIRE(x == std::vector<S>(count, S{2}));
  });
}

TEST_CASE_TEMPLATE("activations accept every number, and NaN stays NaN", S, float, double) {
  const S nan = std::numeric_limits<S>::quiet_NaN();
  auto x = noise<S>(1001, 1);
  x[3] = nan;
  x[1000] = nan;
  x[5] = 0;
  const auto slope = noise<S>(1001, 2);
  with_all_kernels([&](auto kernels) {
    std::vector<S> y(x.size()), dx(x.size()), product(x.size());
    kernels.template relu<S>(1001, x.data(), y.data());
    kernels.template relu_slope<S>(1001, y.data(), slope.data(), dx.data());
    kernels.template scale<S>(1001, slope.data(), x.data(), product.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x[i])) {
        REQUIRE(std::isnan(y[i]));
        REQUIRE(std::isnan(product[i]));
      } else {
        REQUIRE(y[i] == std::max(x[i], S{0}));
        REQUIRE(dx[i] == (x[i] > 0 ? slope[i] : S{0}));
        REQUIRE(product[i] == slope[i] * x[i]);
      }
    }
  });
}

TEST_CASE_TEMPLATE("dropout is drawn from Philox, the same by every instruction set", S, float,
                   double) {
  constexpr std::uint64_t key = 0x0123456789abcdef, stream = 0xfedcba9876543210;
  constexpr Index groups = 5, size = groups * 128;
  with_all_kernels([&](auto kernels) {
    static_assert(detail::dropout_group == 128);
    std::vector<S> factors(size);
    kernels.template dropout<S>(key, stream, groups, 20000, S(1.5), factors.data());
    for (std::uint32_t g = 0; g < groups; ++g) {
      std::array<std::uint32_t, Philox::group_size> words;
      Philox::group(key, stream, g, words);
      for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t first = g * 128 + i / 16 * 32 + i % 16;
        REQUIRE(factors[first] == ((words[i] & 0xffff) < 20000 ? S{0} : S(1.5)));
        REQUIRE(factors[first + 16] == (words[i] >> 16 < 20000 ? S{0} : S(1.5)));
      }
    }
  });
}
