// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/kernels.hpp>
#include <tributary/core/kernels/arguments.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/shape.hpp>
#include <vector>

namespace tributary::inline v0_1 {

template <Real S, Shape Inputs>
struct DropoutPart;

/// In training, sets each element to 0 with probability `rate` and multiplies the others by
/// 1 / (1 − rate), so that the mean is unchanged; identity at prediction. The rate is rounded to a
/// multiple of 2⁻¹⁶ below 1, and the factor with it. Srivastava et al., JMLR 15 (2014) 1929, in the
/// inverted form.
struct Dropout {
  double rate = 0.5;

  template <Real S, Shape Inputs>
  DropoutPart<S, Inputs> make_part() const {
    return {*this};
  }
  void validate() const { require(rate >= 0 && rate < 1, "Dropout::rate", rate, "in [0, 1)"); }
};

/// The seed and the number of steps determine the dropped elements, on every machine alike.
template <Real S, Shape Inputs>
struct DropoutPart {
  static constexpr Shape outputs = Inputs;
  static constexpr Index parameter_count = 0;
  Dropout settings;
  std::uint64_t key = 0;
  std::uint64_t step = 0;
  AlignedVector<S> mask = {};  ///< Factors of the step. It grows to the largest batch.

  void reseed(Seed seed) {
    key = seed.value;
    step = 0;
  }
  void save(std::vector<std::byte>& to) const { save_state(to, key, step); }
  Status restore(std::span<const std::byte>& from) { return restore_state(from, key, step); }

  void forward(const S*, const auto& x, auto& y) const { y = x; }

  void forward_training(const S*, const auto& x, auto& y) {
    draw(x.size());
    apply_mask(x, y);
  }

  void propagate(const S*, const auto&, const auto&, const auto& dy, auto& dx) const {
    apply_mask(dy, dx);
  }

 private:
  void apply_mask(const auto& from, auto& to) const {
    detail::with_kernels([&](auto kernels) {
      for (Index i = 0; i < from.cols(); ++i)
        kernels.scale(Inputs, mask.data() + i * Inputs, from.col(i).data(), to.col(i).data());
    });
  }
  void draw(Index size) {
    detail::with_kernels([&](auto kernels) {
      const Index groups = (size + detail::dropout_group - 1) / detail::dropout_group;
      mask.resize(std::max(mask.size(), static_cast<std::size_t>(groups * detail::dropout_group)));
      const auto threshold =
          static_cast<std::uint32_t>(std::min(std::round(settings.rate * 65536), 65535.0));
      kernels.template dropout<S>(key, step, groups, threshold,
                                  static_cast<S>(65536.0 / (65536 - threshold)), mask.data());
    });
    ++step;
  }
};

}  // namespace tributary::inline v0_1
