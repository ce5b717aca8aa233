// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tributary/rule/update_rule.hpp>
#include <vector>

namespace tributary::inline v0_1 {

template <Real S>
struct CompensatingCenter {
  static constexpr bool separable = true;
  S learning_rate, lambda, decay;
  Vector<S> mean_square;           ///< Empty if λ is constant.
  std::vector<Vector<S>> backups;  ///< One per rank: the center that the worker last received.

  void merge(View<S> center, ConstView<S> gradient, MergeInfo info, View<S> reply) {
    Vector<S>& backup = backups[static_cast<std::size_t>(info.worker)];
    const auto square = gradient.cwiseAbs2();
    backup = lambda * square.cwiseProduct(center - backup);  // now it holds the second term
    if (mean_square.size() > 0) {
      mean_square = decay * mean_square + (1 - decay) * square;
      backup.array() /= (mean_square.array() + S(1e-7)).sqrt();
    }
    center -= learning_rate * (gradient + backup);
    backup = reply = center;
  }
  void read(ConstView<S> center, int rank) { backups[static_cast<std::size_t>(rank)] = center; }
};

/// Asynchronous SGD with delay compensation. The gradient g was computed at backup_i, the
/// parameters of worker i. The second term approximates its change on the way to θ̃, with λ g ⊙ g
/// for the Hessian.
///   θ̃ ← θ̃ − η (g + λ g ⊙ g ⊙ (θ̃ − backup_i));  backup_i ← θ̃
/// Zheng et al., ICML 2017, arXiv:1609.08326, Algorithms 1-2 (DC-ASGD-c). The adaptive form,
/// DC-ASGD-a, has λ / √(m + 1e-7) for λ, with m ← decay m + (1 − decay) g ⊙ g from m = 0.
/// The paper has a period of 1 and no overlap. A longer period is a larger batch. Gradients
/// computed during an overlap are older than the backup, which the center keeps for each worker.
struct DcAsgd {
  enum class Form { constant, adaptive };
  static constexpr Schedule schedule = Schedule::asynchronous;
  double learning_rate = 0.01;  ///< η
  double lambda = 0.04;         ///< λ; 0 is asynchronous SGD. About 2 for the adaptive form.
  Form form = Form::constant;
  double decay = 0.95;  ///< Decay of the mean square, in the adaptive form.
  int period = 1;   ///< Mini-batches between two commits; the worker computes a gradient for each.
  int overlap = 0;  ///< Number of these taken while the commit is in flight.

  template <Real S>
  GradientWorker<S> make_worker_half(const Vector<S>&, int) const {
    return {};
  }
  template <Real S>
  CompensatingCenter<S> make_center_half(const Vector<S>& initial, int workers) const {
    const Index adapting = form == Form::adaptive ? initial.size() : 0;
    const std::vector<Vector<S>> backups(static_cast<std::size_t>(workers), initial);
    return {static_cast<S>(learning_rate), static_cast<S>(lambda), static_cast<S>(decay),
            Vector<S>::Zero(adapting), backups};
  }
  void validate(int) const {
    check_window("DcAsgd", period, overlap);
    require(learning_rate > 0, "DcAsgd::learning_rate", learning_rate, "positive");
    require(lambda >= 0, "DcAsgd::lambda", lambda, "zero or positive");
    require(decay >= 0 && decay < 1, "DcAsgd::decay", decay, "in [0, 1)");
  }
};

}  // namespace tributary::inline v0_1
