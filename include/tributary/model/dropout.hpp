#pragma once

#include <array>
#include <cstdint>
#include <tributary/core/philox.hpp>
#include <tributary/core/require.hpp>
#include <tributary/model/layer.hpp>

namespace tributary {

template <Real S, Index Width>
struct DropoutPart;

/// While training, sets each number to 0 with probability `rate` and scales what it keeps by
/// 1 / (1 − rate), so that the mean stays; identity at prediction.
/// Srivastava et al., JMLR 15 (2014) 1929, in the inverted form.
struct Dropout {
  double rate = 0.5;

  template <Real S, Index Inputs>
  DropoutPart<S, Inputs> make_part() const {
    return {*this};
  }
  void validate() const { require(rate >= 0 && rate < 1, "Dropout::rate", rate, "in [0, 1)"); }
};

/// Which numbers are dropped in a step is a function of the seed and of the steps since: the same
/// on every machine.
template <Real S, Index Width>
struct DropoutPart {
  static constexpr Index outputs = Width;
  static constexpr Index parameter_count = 0;
  Dropout settings;
  std::uint64_t key = 0;
  std::uint64_t step = 0;
  Vector<S> mask = {};  ///< Factors of the step; grows to the largest batch seen, in whole groups.

  void reseed(Seed seed) {
    key = seed.value;
    step = 0;
  }

  void forward(const S*, const auto& x, auto& y) const { y = x; }

  void forward_training(const S*, const auto& x, auto& y) {
    draw(x.size());
    y.noalias() = x.cwiseProduct(factors(x.cols()));
  }

  void propagate(const S*, const auto&, const auto&, const auto& dy, auto& dx) const {
    dx.noalias() = dy.cwiseProduct(factors(dy.cols()));
  }

 private:
  Eigen::Map<const Matrix<S>> factors(Index events) const { return {mask.data(), Width, events}; }
  void draw(Index size) {
    constexpr Index group = Philox::group_size;
    const Index groups = (size + group - 1) / group;
    if (mask.size() < groups * group) mask.resize(groups * group);
    const auto threshold = static_cast<std::uint32_t>(settings.rate * 0x1.0p32);
    const auto kept = static_cast<S>(1 / (1 - settings.rate));
    std::array<std::uint32_t, group> numbers;
    for (Index g = 0; g < groups; ++g) {
      Philox::group(key, step, static_cast<std::uint32_t>(g), numbers);
      S* const to = mask.data() + g * group;
      for (std::size_t i = 0; i < numbers.size(); ++i) to[i] = numbers[i] < threshold ? S{0} : kept;
    }
    ++step;
  }
};

}  // namespace tributary
