#pragma once

#include <tributary/rule/update_rule.hpp>
#include <vector>

namespace tributary::test {

/// The center replies the number of workers at the merge. Each worker records whether it got the
/// same number by set_workers().
template <Real S>
struct CensusWorker {
  std::vector<int>* seen;  ///< 0 if it is not.
  int workers;

  void set_workers(int number) { workers = number; }
  void prepare(ConstView<S> parameters, View<S> commit) const { commit = parameters; }
  void adopt(View<S>, ConstView<S>, ConstView<S> reply) const {
    seen->push_back(reply[0] == static_cast<S>(workers) ? workers : 0);
  }
};
template <Real S>
struct CensusCenter {
  void merge(View<S>, ConstView<S>, MergeInfo info, View<S> reply) const {
    reply.setConstant(static_cast<S>(info.workers));
  }
};
template <Schedule When>
struct Census {
  static constexpr Schedule schedule = When;
  std::vector<int>* seen = nullptr;  ///< By the workers, as many as share it one after the other.
  int period = 1;
  int overlap = 0;

  template <Real S>
  CensusWorker<S> make_worker_half(const Vector<S>&, int workers) const {
    return {seen, workers};
  }
  template <Real S>
  CensusCenter<S> make_center_half(const Vector<S>&, int) const {
    return {};
  }
  void validate(int) const {}
};

}  // namespace tributary::test
