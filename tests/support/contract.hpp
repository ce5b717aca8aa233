#pragma once

#include "support/problems.hpp"
#include "support/rules.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tributary::test {

/// The contract of a rule on any number of workers, checked on a line to learn.
template <Real S, class Rule, class... Optimizer>
void keeps_its_promises(const Rule& rule, const Optimizer&... optimizer) {
  constexpr int epochs = 20;
  const BasicEvents<S> data = line<S>(961);  // no multiple of anything
  const TrainOptions options{.epochs = epochs, .batch_size = 8, .seed = Seed{42}};
  for (const int workers : {1, 2, 3, 8}) {
    CAPTURE(workers);
    CAPTURE(rule.period);
    CAPTURE(rule.overlap);
    const Trainer trainer{LinearModel<S>{}, InProcess{.workers = workers}, rule, optimizer...};
    const auto trained = trainer.train(data, options);
    CHECK(line_error(trained.parameters()) < 3e-2);

    // Every row once an epoch, and every step in a commit.
    const auto steps_each = static_cast<std::uint64_t>((961 + 8 * workers - 1) / (8 * workers));
    const auto per_worker = steps_each * epochs;
    const std::uint64_t period =
        rule.period == one_epoch ? steps_each : static_cast<std::uint64_t>(rule.period);
    const std::uint64_t commits = (per_worker + period - 1) / period;
    CHECK(trained.report.events == 961 * epochs);
    CHECK(trained.report.steps == per_worker * static_cast<std::uint64_t>(workers));
    if constexpr (Rule::schedule == Schedule::synchronous) {
      CHECK(trained.report.merges == commits);
    } else {
      CHECK(trained.report.merges == commits * static_cast<std::uint64_t>(workers));
    }
    CHECK(trained.members.size() ==
          (EnsembleRule<Rule, S> ? static_cast<std::size_t>(workers) : std::size_t{1}));

    // One worker, rounds and members of an ensemble do not depend on the threads' order.
    if constexpr (Rule::schedule == Schedule::synchronous || EnsembleRule<Rule, S>) {
      CHECK(trainer.train(data, options).members == trained.members);
    } else if (workers == 1) {
      CHECK(trainer.train(data, options).parameters() == trained.parameters());
    }
  }
}

/// For one worker alpha is all of beta, which is unstable with a long exchange in flight.
inline MovingRate moving_rate(int overlap) { return MovingRate::beta(overlap < 4 ? 0.9 : 0.4); }

template <Real S>
void synchronous_rules_keep_their_promises() {
  const Sgd sgd{.learning_rate = 0.2};
  for (const int overlap : {0, 1, 4}) {
    keeps_its_promises<S>(Averaging{.period = 4, .overlap = overlap}, sgd);
    keeps_its_promises<S>(SynchronousEasgd{moving_rate(overlap), 4, overlap},
                          Nesterov{.learning_rate = 0.05, .momentum = 0.8});
    keeps_its_promises<S>(SynchronousSgd{.period = 4, .overlap = overlap},
                          Sgd{.learning_rate = 0.4});
  }
  keeps_its_promises<S>(Averaging::every_epoch(), sgd);
  keeps_its_promises<S>(SynchronousSgd{}, Nesterov{.learning_rate = 0.05});
}

template <Real S>
void asynchronous_rules_keep_their_promises() {
  const Sgd sgd{.learning_rate = 0.2};
  keeps_its_promises<S>(Independent{.period = 3}, sgd);
  for (const int overlap : {0, 1, 4}) {
    keeps_its_promises<S>(Easgd{moving_rate(overlap), 4, overlap}, sgd);
    keeps_its_promises<S>(Eamsgd{.learning_rate = 0.05,
                                 .momentum = 0.8,
                                 .moving_rate = moving_rate(overlap),
                                 .period = 4,
                                 .overlap = overlap});
    keeps_its_promises<S>(Downpour{.period = 4, .overlap = overlap}, Sgd{.learning_rate = 0.03});
    keeps_its_promises<S>(Adag{.period = 4, .overlap = overlap}, sgd);
    keeps_its_promises<S>(Hogwild{.period = 4, .overlap = overlap}, Sgd{.learning_rate = 0.03});
    keeps_its_promises<S>(Ssp{.period = 4, .overlap = overlap, .bound = overlap},
                          Sgd{.learning_rate = 0.03});
    keeps_its_promises<S>(DynSgd{.period = 4, .overlap = overlap}, Sgd{.learning_rate = 0.1});
  }
  keeps_its_promises<S>(Downpour{.period = 2, .overlap = 1, .fetch_period = 4},
                        Sgd{.learning_rate = 0.03});
}

}  // namespace tributary::test
