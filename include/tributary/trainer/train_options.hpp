// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/transport/checkpoint_options.hpp>
#include <tributary/transport/recording.hpp>

namespace tributary::inline v0_1 {

/// The rows that each process of a run over several processes has.
enum class DataPlacement {
  replicated,  ///< All processes have all rows: the hub assigns them to workers.
  /// Each process has rows of its own. Its worker trains on all of them and on no others. The rows
  /// of a lost worker wait for its return, see RunReport::lost_steps. The run begins when all
  /// workers have joined. A hub without local workers has no rows, but it has the names of classes
  /// and features. One Preprocessing serves all rows. Either all workers have weights or none has.
  /// Under synchronous rules an epoch has as many steps as the largest part has batches, for all
  /// workers: smaller parts have smaller batches.
  partitioned,
};

/// The options of Trainer::train. All processes of a run have the same options, except for `stop` and
/// `time_limit`.
/// They also have the same rows in the same order, and each worker takes its share, unless
/// data_placement says otherwise. The hub compares options and data, see HasDigest.
struct TrainOptions {
  /// Passes over all data, by all workers together. Each of n workers takes 1/n of the steps, so
  /// most rules need a larger learning rate or more epochs than a single worker.
  int epochs = 1;
  int batch_size = 32;
  Seed seed = {};
  DataPlacement data_placement = DataPlacement::replicated;
  /// A requested stop ends the run soon: every worker commits the steps taken, and train() returns
  /// the parameters reached.
  std::stop_token stop = {};
  /// Seconds after which the run ends as by a requested stop, see RunReport::time_limit_passed. 0: no
  /// limit. They begin with train(), the wait for other processes included. In a simulation they are
  /// virtual, so that its result does not depend on the machine: cycles that have begun still end, and
  /// after a resume the virtual time goes on. Over Tcp the limit of the hub counts.
  double time_limit = 0;
  /// Records an asynchronous run, so that Replayed can compute it again. The process that holds the
  /// center records; others leave it alone. It must outlive the run.
  Recording* recording = nullptr;
  /// Checkpoints in a file, from which the same program goes on. With them, a requested stop ends
  /// the run after each worker's cycle, and with a checkpoint. Over Tcp it is the hub's.
  CheckpointOptions checkpoint = {};

  /// Throws std::invalid_argument naming the field.
  void validate() const {
    checkpoint.validate();
    require(epochs >= 1, "TrainOptions::epochs", epochs, "at least 1");
    require(batch_size >= 1, "TrainOptions::batch_size", batch_size, "at least 1");
    require(time_limit >= 0, "TrainOptions::time_limit", time_limit, "at least 0 seconds");
  }
};

}  // namespace tributary::inline v0_1
