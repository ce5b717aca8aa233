// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <tributary/core/describe.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/model/detail/initialize.hpp>

namespace tributary::inline v0_1 {

/// A loss over a flat parameter vector of M::Scalar, float or double. Every worker owns a copy, and
/// the workers of a process are threads, so scratch members are safe as long as a copy is deep. A
/// pointer, std::shared_ptr, std::span, Eigen::Map or the handle of a device or another library as
/// a member is copied shallowly: all copies write to one scratch at once, which is a data race that
/// gives wrong gradients without an error. Hold such scratch by value, or write a copy constructor
/// and a copy assignment that make scratch anew; what is only read may be shared.
template <class M>
concept Model = std::copyable<M> && Real<typename M::Scalar> &&
    requires(M model, const M frozen, const Vector<typename M::Scalar>& parameters,
             View<typename M::Scalar> out, const typename M::Batch& batch) {
  { frozen.parameter_count() } -> std::convertible_to<Index>;
  { model.loss_and_gradient(parameters, batch, out) } -> std::same_as<Loss>;  // overwrites out
} &&(detail::Initializes<M, View<typename M::Scalar>> ||
     detail::Initialises<M, View<typename M::Scalar>>);  // void initialize(View out, Rng&) const

/// A model with randomness of its own while it trains, such as dropout. Called once, before a
/// worker's first step, with that worker's seed.
template <class M>
concept Stochastic = Model<M> && requires(M model, Seed seed) {
  { model.reseed(seed) } -> std::same_as<void>;
};

/// A classifier that counts: the events of the last batch whose class it got right.
template <class M>
concept CountsHits = Model<M> && requires(const M model) {
  { model.hits() } -> std::convertible_to<double>;
};

/// A model that looks at the data before work starts, and throws std::invalid_argument.
template <class M, class D>
concept ChecksData = Model<M> && requires(const M model, const D& data) {
  { model.check(data) } -> std::same_as<void>;
};

/// A model that learns nothing from a batch of fewer events than least_events(), such as one with
/// BatchNorm. Who trains it in such batches is told so before the first step.
template <class M>
concept NeedsEvents = Model<M> && requires {
  { M::least_events() } -> std::convertible_to<Index>;
};

/// A model that tells what it computes, by names and values in printable ASCII. The processes of a
/// run compare them before they train, and a hub's checkpoint keeps them. Of a model without
/// settings() only its type's name and its number of parameters are compared.
template <class M>
concept HasSettings = Model<M> && requires(const M model) {
  { model.settings() } -> std::convertible_to<Settings>;
};

/// A model some of whose parameters are statistics of the data, such as those of BatchNorm, which
/// the gradient leaves alone (their derivatives are 0). Called once, after training, with all other
/// parameters; sets these from so many batches of a BatchSource.
template <class M, class B>
concept Calibrates = Model<M> &&
    requires(M model, View<typename M::Scalar> parameters, B& source, std::size_t batches) {
  { model.calibrate(parameters, source, batches) } -> std::same_as<void>;
};

// clang-format off
/// A model that can also answer: one event, no exception, no allocation. Spans, because copying an
/// Eigen::Ref may throw as far as the type system knows, and so could never be noexcept.
template <class M>
concept Predictive = Model<M> &&
    requires(const M model, std::span<const typename M::Scalar> parameters,
             std::span<const typename M::Scalar> features, std::span<typename M::Scalar> scores) {
  { model.predict(parameters, features, scores) } noexcept -> std::same_as<Status>;
};
// clang-format on

}  // namespace tributary::inline v0_1
