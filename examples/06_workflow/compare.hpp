#pragma once

#include <iostream>
#include <stop_token>
#include <string>
#include <tributary/transport/tcp.hpp>
#include <tributary/tributary.hpp>
#include <utility>

#include "judge.hpp"
#include "options.hpp"
#include "run.hpp"

/// Hyperparameters of a data set; the rules' own are at their papers' values.
struct Task {
  int epochs;
  double adagrad_learning_rate;   ///< Of all trainers but EAMSGD and ADAG.
  double nesterov_learning_rate;  ///< Of these two.
};

/// One net, every rule: trains `net` by each trainer that the options name. After a request to stop it
/// returns soon, with the runs so far. It returns none in a process that is a worker for another one.
template <class Net>
Comparison compare(const Net& net, const Sample& sample, const Task& task, const Options& options,
                   tributary::Seed seed, std::stop_token stop) {
  using namespace tributary;
  Comparison runs;
  const bool by_tcp = options.transport == "tcp";
  const bool alone = !by_tcp || !Tcp::has_role_in_environment();
  const Tcp here = alone ? Tcp::local(options.workers) : Tcp::from_environment();
  const auto train = [&](const std::string& name, int window, int workers,
                         const auto&... policies) {
    if (!options.trains(name) || stop.stop_requested()) return;
    Run run{.trainer = name, .window = window, .workers = workers, .ams_note = sample.ams_note};
    Progress progress{.label = run.name()};
    progress.label.resize(window == 0 ? 16 : 17, ' ');  // τ is one column wide but two bytes long
    const auto train_over = [&](const auto& transport) {
      return Trainer{net, transport, policies...}.train(
          sample.training,
          {.epochs = options.epochs.value_or(task.epochs),
           .batch_size = options.batch_size,
           .seed = seed,
           .stop = stop},
          run.history, progress);
    };
    try {
      const auto trained = by_tcp ? train_over(alone ? Tcp::local(workers) : here)
                                  : train_over(InProcess{.workers = workers});
      if (here.role == Tcp::worker) return;
      judge(trained, sample, run);
    } catch (const TrainingDiverged& error) {
      std::clog << run.name() << ": " << error.what() << '\n';
      run.diverged = true;
    }
    runs.push_back(std::move(run));
  };

  const Adagrad adagrad{.learning_rate = task.adagrad_learning_rate};
  const double rate = task.nesterov_learning_rate;
  const int n = here.workers;
  if (alone) train("single", 0, 1, Independent{}, adagrad);
  for (const int window : options.windows) {
    train("aeasgd", window, n, Easgd{.period = window}, adagrad);
    train("eamsgd", window, n, Eamsgd{.learning_rate = rate, .period = window});
    // The center takes a τ-th of each step, so it is slow at large windows τ, unless the workers
    // have a momentum that remembers some of them.
    train("adag", window, n, Adag{.period = window},
          Nesterov{.learning_rate = rate, .momentum = 1 - 1 / (3.0 * window)});
    train("averaging", window, n, Averaging{.period = window}, adagrad);
    train("downpour", window, n, Downpour{.period = window}, adagrad);
    train("dynsgd", window, n, DynSgd{.period = window}, adagrad);
    train("sync-easgd", window, n, SynchronousEasgd{.period = window}, adagrad);
  }
  train("sync-sgd", 0, n, SynchronousSgd{}, adagrad);
  train("ensemble", 0, n, Independent{}, adagrad);
  return runs;
}
