// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <tributary/core/describe.hpp>
#include <tributary/core/pinned.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/detail/initialize.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// A loss over a flat parameter vector of M::Scalar, float or double. Every worker owns a copy. The
/// workers of a process are threads, so members may be scratch memory if the copy is deep. A
/// pointer, std::shared_ptr, std::span, Eigen::Map or a handle of a device or library is copied
/// shallowly: all copies then write to the same scratch, a data race with wrong gradients and no
/// error. Hold scratch by value, or write a copy constructor and a copy assignment that allocate it
/// anew. Read-only data may be shared.
template <class M>
concept Model = std::copyable<M> && Real<typename M::Scalar> &&
    requires(M model, const M frozen, const Vector<typename M::Scalar>& parameters,
             View<typename M::Scalar> out, const typename M::Batch& batch) {
  { frozen.parameter_count() } -> std::convertible_to<Index>;
  { model.loss_and_gradient(parameters, batch, out) } -> std::same_as<Loss>;  // overwrites out
} &&(detail::Initializes<M, View<typename M::Scalar>> ||
     detail::Initialises<M, View<typename M::Scalar>>);  // void initialize(View out, Rng&) const

/// For WarmStart::layers: all layers, which must be the same in both nets.
inline constexpr int all_layers = std::numeric_limits<int>::max();

/// A model with random training, such as dropout. reseed() is called once, before a worker's first
/// step, with that worker's seed.
template <class M>
concept Stochastic = Model<M> && requires(M model, Seed seed) {
  { model.reseed(seed) } -> std::same_as<void>;
};

/// A random model whose state of randomness can be saved and restored, for checkpoints.
template <class M>
concept SavesState = Stochastic<M> &&
    requires(const M& model, M& restored, std::vector<std::byte>& to,
             std::span<const std::byte>& from) {
  model.save(to);
  { restored.restore(from) } -> std::same_as<Status>;
};

/// A classifier that counts the correctly classified events of the last batch.
template <class M>
concept CountsHits = Model<M> && requires(const M model) {
  { model.hits() } -> std::convertible_to<double>;
};

/// A model that checks the data before training, and throws std::invalid_argument.
template <class M, class D>
concept ChecksData = Model<M> && requires(const M model, const D& data) {
  { model.check(data) } -> std::same_as<void>;
};

/// A model without a gradient for batches of fewer events than least_events(), such as one with
/// BatchNorm. Training refuses such batches before the first step.
template <class M>
concept NeedsEvents = Model<M> && requires {
  { M::least_events() } -> std::convertible_to<Index>;
};

/// A model that describes its function by names and values in printable ASCII. The processes of a
/// run compare them before they train, and a hub's checkpoint stores them. Without settings(), only
/// the type's name and the number of parameters are compared.
template <class M>
concept HasSettings = Model<M> && requires(const M model) {
  { model.settings() } -> std::convertible_to<Settings>;
};

/// A model with parameters that are statistics of the data, such as those of BatchNorm; their
/// derivatives are 0. calibrate() is called once, after training, with the trained parameters. It
/// sets the statistics from the given number of batches of a BatchSource.
template <class M, class B>
concept Calibrates = Model<M> &&
    requires(M model, View<typename M::Scalar> parameters, B& source, std::size_t batches) {
  { model.calibrate(parameters, source, batches) } -> std::same_as<void>;
};

/// A model with parameters that training must not change, such as those of Frozen layers. Their
/// derivatives are 0. They have their initial values in every worker, in the center and in the
/// result.
template <class M>
concept HasFrozen = Model<M> && requires(const M model) {
  { model.frozen() } -> std::convertible_to<std::span<const ParameterRange>>;
};
template <Model M>
std::span<const ParameterRange> frozen_parameters(const M& model) {
  if constexpr (HasFrozen<M>) return model.frozen();
  return {};
}

// clang-format off
/// A model that can predict: one event, no exception, no allocation. The arguments are spans
/// because the copy of an Eigen::Ref may throw by its type, so a function with it could not be
/// noexcept.
template <class M>
concept Predictive = Model<M> &&
    requires(const M model, std::span<const typename M::Scalar> parameters,
             std::span<const typename M::Scalar> features, std::span<typename M::Scalar> scores) {
  { model.predict(parameters, features, scores) } noexcept -> std::same_as<Status>;
};
// clang-format on

}  // namespace tributary::inline v0_1
