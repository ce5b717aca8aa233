// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/events.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// The events of these rows, in this order. Throws std::invalid_argument for an invalid row, and
/// for invalid events.
template <Real S>
BasicEvents<S> select(const BasicEvents<S>& events, std::span<const std::size_t> rows) {
  events.validate();
  for (const std::size_t row : rows)
    if (row >= events.size())
      require(false, "select: row", row, "less than " + std::to_string(events.size()));
  EventBatch<S> batch;
  events.gather(rows, batch);
  const auto chosen = [rows](const auto& values) {
    auto out = values;
    if (values.size() == 0) return out;
    out.resize(static_cast<decltype(out.size())>(rows.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) out.data()[i] = values.data()[rows[i]];
    return out;
  };
  return {std::move(batch.features),
          std::move(batch.labels),
          std::move(batch.targets),
          chosen(events.weights),
          events.classes,
          events.feature_names,
          events.target_names,
          events.missing,
          events.state,
          events.prepared_by,
          chosen(events.event_numbers),
          chosen(events.training_weights)};
}

namespace detail {

inline std::vector<std::size_t> rows_in_order(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}
inline std::vector<std::size_t> rows_shuffled(std::size_t count, Seed seed) {
  std::vector<std::size_t> rows = rows_in_order(count);
  Rng rng = seed.derive(Stream::split).rng();
  shuffle(std::span{rows}, rng);
  return rows;
}
inline std::size_t share_of(std::size_t count, double fraction) {
  return static_cast<std::size_t>(std::llround(static_cast<double>(count) * fraction));
}
inline void require_fraction(double fraction) {
  require(fraction > 0 && fraction < 1, "split: fraction", fraction, "in (0, 1)");
}
/// Throws std::invalid_argument if one part lacks a class and a shuffle would do that with a
/// probability below 1e-9.
template <Real S>
void require_shuffled(const BasicEvents<S>& events, std::size_t cut, double fraction) {
  std::map<int, std::array<std::size_t, 2>> counts;  // by class; before and after the cut
  for (std::size_t i = 0; i < events.labels.size(); ++i) ++counts[events.labels[i]][i >= cut];
  if (counts.size() < 2) return;
  for (const auto& [label, count] : counts)
    for (const std::size_t side : {0u, 1u}) {
      const double chance = side == 0 ? 1 - fraction : fraction;  // that an event misses this side
      if (count[side] == 0 && std::pow(chance, count[1 - side]) < 1e-9)
        require(false,
                "split: events of class " + std::to_string(label) +
                    (side == 0 ? " in the first part" : " in the second part"),
                0,
                "at least one: the events are sorted by class, so shuffle() them first, or "
                "use stratified_split");
    }
}

}  // namespace detail

/// All events in random order.
template <Real S>
BasicEvents<S> shuffle(const BasicEvents<S>& events, Seed seed) {
  return select<S>(events, detail::rows_shuffled(events.size(), seed));
}

/// Splits off the first `fraction` of the events, rounded to whole events:
/// auto [training, test] = split(shuffle(events, seed), 0.6);
/// Throws std::invalid_argument if they are sorted by class, so that one part would lack a class.
template <Real S>
std::pair<BasicEvents<S>, BasicEvents<S>> split(const BasicEvents<S>& events, double fraction) {
  detail::require_fraction(fraction);
  events.validate();
  const std::vector<std::size_t> rows = detail::rows_in_order(events.size());
  const std::size_t cut = detail::share_of(events.size(), fraction);
  detail::require_shuffled(events, cut, fraction);
  return {select<S>(events, std::span{rows}.first(cut)),
          select<S>(events, std::span{rows}.subspan(cut))};
}

/// Like split(shuffle(events, seed), fraction), with the same fraction of every class, rounded to
/// whole events. Throws std::invalid_argument without labels.
template <Real S>
std::pair<BasicEvents<S>, BasicEvents<S>> stratified_split(const BasicEvents<S>& events,
                                                           double fraction, Seed seed) {
  detail::require_fraction(fraction);
  events.validate();
  require(events.labels.size() == events.size(), "stratified_split: labels", events.labels.size(),
          "one an event");
  std::map<int, std::size_t> left;  // by class; events that the first part still takes
  for (const int label : events.labels) ++left[label];
  for (auto& [label, count] : left) count = detail::share_of(count, fraction);

  std::vector<std::size_t> first, second;
  for (const std::size_t row : detail::rows_shuffled(events.size(), seed)) {
    std::size_t& remaining = left[events.labels[row]];
    (remaining > 0 ? first : second).push_back(row);
    if (remaining > 0) --remaining;
  }
  return {select<S>(events, first), select<S>(events, second)};
}

/// Joins the events, `first` before `second`. Both must have the same features and targets by
/// number and names, and both or neither have weights, training weights, labels and event numbers. One list of classes may continue
/// the other. Throws std::invalid_argument.
template <Real S>
BasicEvents<S> concatenate(const BasicEvents<S>& first, const BasicEvents<S>& second) {
  first.validate();
  second.validate();
  const auto same = [](const auto& a, const auto& b, const char* what) {
    require(a == b, what, b, "as in the first: " + std::to_string(a));
  };
  same(first.features.rows(), second.features.rows(), "concatenate: features.rows()");
  same(first.targets.rows(), second.targets.rows(), "concatenate: targets.rows()");
  same(first.labels.empty(), second.labels.empty(), "concatenate: labels.empty()");
  same(first.weights.size() == 0, second.weights.size() == 0, "concatenate: weights.empty()");
  same(first.training_weights.size() == 0, second.training_weights.size() == 0,
       "concatenate: training_weights.empty()");
  same(first.event_numbers.empty(), second.event_numbers.empty(),
       "concatenate: event_numbers.empty()");
  require(first.feature_names == second.feature_names, "concatenate", "feature_names",
          "the same in both");
  require(first.target_names == second.target_names, "concatenate", "target_names",
          "the same in both");
  require(first.state == second.state, "concatenate", "state",
          "the same in both: impute and scale after it");
  require(detail::may_be_same(first.prepared_by, second.prepared_by), "concatenate: prepared_by",
          checksum_text(second.prepared_by),
          checksum_text(first.prepared_by) + ", of one Preprocessing: impute and scale after it");
  if (!is_nan(first.missing) && !is_nan(second.missing))
    require(first.missing == second.missing, "concatenate: missing", second.missing,
            std::to_string(first.missing) + " as in the first");
  const bool second_has_more = second.classes.size() > first.classes.size();
  const auto& classes = second_has_more ? second.classes : first.classes;
  const auto& fewer = second_has_more ? first.classes : second.classes;
  require(std::equal(fewer.begin(), fewer.end(), classes.begin()), "concatenate", "classes",
          "the same in both");

  const auto join = [](const Matrix<S>& a, const Matrix<S>& b) {
    Matrix<S> joined(a.rows(), a.cols() + b.cols());
    joined.leftCols(a.cols()) = a;
    joined.rightCols(b.cols()) = b;
    return joined;
  };
  BasicEvents<S> both{
      .features = join(first.features, second.features),
      .labels = first.labels,
      .targets = join(first.targets, second.targets),
      .weights = join(first.weights.transpose(), second.weights.transpose()).transpose(),
      .classes = classes,
      .feature_names = first.feature_names,
      .target_names = first.target_names,
      .missing = is_nan(first.missing) ? second.missing : first.missing,
      .state = first.state,
      .prepared_by = first.prepared_by == second.prepared_by ? first.prepared_by : 0,
      .event_numbers = first.event_numbers,
      .training_weights =
          join(first.training_weights.transpose(), second.training_weights.transpose())
              .transpose()};
  both.event_numbers.insert(both.event_numbers.end(), second.event_numbers.begin(),
                            second.event_numbers.end());
  both.labels.insert(both.labels.end(), second.labels.begin(), second.labels.end());
  return both;
}

}  // namespace tributary::inline v0_1
