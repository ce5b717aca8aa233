#pragma once

#include <doctest/doctest.h>

#include <tributary/rule/update_rule.hpp>

namespace tributary::test {

/// Two shards of the center end with the same bits as one whole center.
template <class Rule, class Optimizer>
void merges_shards_as_the_whole(const Rule& rule, const Optimizer& optimizer) {
  const Vector<double> start{{1, 2, 3, 4}}, sum{{4, 3, 2, 1}};
  Vector<double> center = start, reply(4), center2 = start, reply2(4);
  const auto half = [&](const Vector<double>& initial) {
    return make_center_half<double>(rule, initial, 2, optimizer);
  };
  auto whole = half(start), a = half(start.head(1)), b = half(start.tail(3));
  for (const int worker : {0, 1, 0}) {
    const MergeInfo info{.worker = worker, .contributors = 2, .staleness = 3};
    whole.merge(center, sum, info, reply);
    a.merge(center2.head(1), sum.head(1), info, reply2.head(1));
    b.merge(center2.tail(3), sum.tail(3), info, reply2.tail(3));
  }
  CHECK(center != start);
  CHECK(center == center2);
  CHECK(reply == reply2);
}

}  // namespace tributary::test
