// A rule's traits say how commits and replies are carried, and change no number: a rule of one's own,
// with every combination of them, ends at the value that follows from its formula on each transport.
#include <doctest/doctest.h>

#include <tributary/optimizer/sgd.hpp>
#include <tributary/trainer/trainer.hpp>
#include <utility>

#include "support/moved_rows.hpp"
#include "support/one_of.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

/// The order in which a center half writes its two vectors.
enum class Habit { reply_first, center_first, no_reply, nonsense_reply };

/// Adds the workers' progress to the center, or the mean of it if `mean`.
template <bool replies, bool parameters, bool cut, bool mean>
struct Adding {
  static constexpr Schedule schedule = Schedule::synchronous;
  int period = 2;
  int overlap = 0;
  Habit habit = Habit::reply_first;

  struct WorkerPart {
    static constexpr bool commits_parameters = parameters;
    Vector<double> anchor, sent = anchor;

    void prepare(ConstView<double> x, View<double> commit) {
      commit = x;
      if (!parameters) commit -= anchor;
      sent = x;
    }
    void adopt(View<double> x, ConstView<double> commit, ConstView<double> reply) {
      x = reply + (x - (parameters ? commit : ConstView<double>{sent}));
      anchor = reply;
    }
  };
  struct CenterPart {
    static constexpr bool separable = cut, weighs_events = mean, replies_center = replies;
    Habit habit;

    void merge(View<double> center, ConstView<double> total, MergeInfo info,
               View<double> reply) const {
      const double centers = !parameters ? 0 : mean ? 1 : info.contributors;  // in the total
      if (habit == Habit::reply_first) reply = center + (total - centers * center);
      center = center + (total - centers * center);
      if (habit == Habit::center_first) reply = center;
      if (habit == Habit::nonsense_reply) reply.setConstant(-7);
    }
  };
  WorkerPart make_worker_half(const Vector<double>& initial, int) const { return {initial}; }
  CenterPart make_center_half(const Vector<double>&, int) const { return {habit}; }
  void validate(int) const { check_window("Adding", period, overlap); }
};

template <bool replies, bool parameters, bool cut, bool mean>
void ends_where_it_must() {
  CAPTURE(replies);
  CAPTURE(parameters);
  CAPTURE(cut);
  CAPTURE(mean);
  for (const Habit habit :
       {Habit::reply_first, Habit::center_first, Habit::no_reply, Habit::nonsense_reply}) {
    if (!replies && habit > Habit::center_first) continue;
    CAPTURE(habit);
    for (const std::size_t rows : {1200u, 1210u}) {  // several stripes; 1210 is no multiple of 4
      for (const int overlap : {0, 1}) {
        const auto at_end = [&](const OneOf& transport) {
          const Adding<replies, parameters, cut, mean> rule{.overlap = overlap, .habit = habit};
          return Trainer{RowMover{rows}, transport, rule, Sgd{.learning_rate = 1}}
              .train(NumberedRows{rows}, {.epochs = 3, .batch_size = 25, .seed = Seed{8}})
              .parameters();
        };
        const Vector<double> simulated = at_end({Simulated<>{.workers = 4}});
        // Each row moves its parameter by 1 in each epoch. In a mean of four commits of as many
        // events each, it is a quarter.
        if (!mean || rows % 100 == 0)
          CHECK(simulated == Vector<double>::Constant(Index(rows), mean ? 0.75 : 3));
        CHECK(at_end({InProcess{.workers = 4}}) == simulated);
        if (overlap == 0 && rows == 1200) CHECK(at_end({Tcp::local(4)}) == simulated);
      }
    }
  }
}

template <unsigned... traits>
void each_combination(std::integer_sequence<unsigned, traits...>) {
  (ends_where_it_must<bool(traits & 1), bool(traits & 2), bool(traits & 4), bool(traits & 8)>(),
   ...);
}

}  // namespace

TEST_CASE("a rule of one's own, whatever its traits, ends at its value on every transport") {
  each_combination(std::make_integer_sequence<unsigned, 16>{});
}
