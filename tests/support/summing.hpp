#pragma once

#include <tributary/rule/update_rule.hpp>

namespace tributary::test {

/// Adds the progress of every commit to the center, under any schedule: with a RowMover and steps of
/// rate 1, the sum of the center's parameters is the number of events in its commits.
template <Schedule when>
struct Summing {
  static constexpr Schedule schedule = when;
  int period = 1;
  int overlap = 0;

  template <Real S>
  struct WorkerPart {
    Vector<S> anchor, sent = anchor;

    void prepare(ConstView<S> x, View<S> commit) {
      commit = x - anchor;
      sent = x;
    }
    void adopt(View<S> x, ConstView<S>, ConstView<S> reply) {
      x = reply + (x - sent);
      anchor = reply;
    }
  };
  template <Real S>
  struct CenterPart {
    static constexpr bool separable = true;
    int bound;

    void merge(View<S> center, ConstView<S> sum, MergeInfo, View<S> reply) const {
      reply = center += sum;
    }
  };
  template <Real S>
  WorkerPart<S> make_worker_half(const Vector<S>& initial, int) const {
    return {initial};
  }
  template <Real S>
  CenterPart<S> make_center_half(const Vector<S>&, int) const {
    return {2};
  }
  void validate(int) const { check_window("Summing", period, overlap); }
};

}  // namespace tributary::test
