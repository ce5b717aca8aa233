#pragma once

#include <stop_token>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>

namespace tributary {

/// Which rows each process of a run over several brings.
enum class DataPlacement {
  replicated,  ///< The same ones, all of them: the hub hands out who trains on which.
  /// Others: each worker trains on all of its own, and on no others. Those of a lost worker wait for
  /// its return, see RunReport::lost_steps. The run begins once all workers are there; a hub without
  /// local workers has no rows, but the names of classes and features. One Preprocessing serves all
  /// rows, and all workers have weights or none has. All workers of synchronous
  /// rules take as many steps an epoch as the largest part has batches: those of smaller parts have
  /// smaller ones.
  partitioned,
};

/// How to train. Several processes of one run have the same options but for `stop`, and the same
/// rows in the same order, of which each worker takes its share: they are compared, see HasDigest.
/// Unless data_placement says that each has others.
struct TrainOptions {
  /// Passes over the whole data, all workers together: each of n workers takes an n-th of the steps, so
  /// that most rules need a larger learning rate, or more epochs, than one worker does.
  int epochs = 1;
  int batch_size = 32;
  Seed seed = {};
  DataPlacement data_placement = DataPlacement::replicated;
  /// Ends the run soon after it is requested: every worker commits what it has, and train()
  /// returns the state so far.
  std::stop_token stop = {};

  /// Throws std::invalid_argument naming the field.
  void validate() const {
    require(epochs >= 1, "TrainOptions::epochs", epochs, "at least 1");
    require(batch_size >= 1, "TrainOptions::batch_size", batch_size, "at least 1");
  }
};

}  // namespace tributary
