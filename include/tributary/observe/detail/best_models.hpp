// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <tributary/core/finite.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <vector>

// Shared by observers that keep the best center.

namespace tributary::inline v0_1::detail {

/// measure_models(). Throws std::runtime_error for a NaN.
template <class F, Real S>
double measure_number(const std::string& type, F& measure, ConstView<S> center,
                      std::span<const Vector<S>> members, std::uint64_t version) {
  const double value = measure_models(measure, center, members);
  if (is_nan(value))
    throw std::runtime_error{type + "::measure is NaN after merge " + std::to_string(version) +
                             "; for a net with BatchNorm, measure the calibrated() center"};
  return value;
}

/// Copies of the center, or of the members of an ensemble.
template <Real S>
std::vector<Vector<double>> copied_models(ConstView<S> center, std::span<const Vector<S>> members) {
  std::vector<Vector<double>> models;
  for (const Vector<S>& member : members) models.push_back(member.template cast<double>());
  if (members.empty()) models.push_back(center.template cast<double>());
  return models;
}

/// The members for a measure: none if there is one model.
template <Real S>
std::span<const Vector<S>> members_of(const std::vector<Vector<S>>& models) {
  return models.size() == 1 ? std::span<const Vector<S>>{} : std::span<const Vector<S>>{models};
}

inline void save_models(std::vector<std::byte>& to, const std::vector<Vector<double>>& models) {
  save_state(to, std::uint64_t{models.size()}, models);
}
/// Reads models of this size.
inline Status restore_models(std::span<const std::byte>& from, std::vector<Vector<double>>& models,
                             Index size) {
  std::uint64_t count = 0;
  const auto bytes = sizeof(double) * (1 + static_cast<std::size_t>(size));
  if (!restore_state(from, count) || count > from.size() / bytes) return Errc::size_mismatch;
  models.assign(count, Vector<double>::Zero(size));
  return restore_state(from, models);
}

}  // namespace tributary::inline v0_1::detail
