// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <tributary/core/require.hpp>

namespace tributary::inline v0_1 {

/// Checkpoints of a run, from which the same program, started again, goes on:
///
///   TrainOptions{.checkpoint = {.file = "run.tck", .every_seconds = 60}}
///
/// The file holds the center, the state of the rule and of the observers that KeepsState, and, in
/// one process, each worker: its parameters, its optimizer, its position, and its randomness. A file
/// of other data or settings is an error that names the difference. More epochs than before go on
/// where the run has ended, except over Tcp; a run that was finished returns its result at once.
///
/// A checkpoint replaces the file atomically. The one before it is kept in `file`.previous, and is
/// used with a Notice if `file` is damaged. If a checkpoint cannot be written, observers get a
/// Notice, the run goes on, and the next one is tried. A lock (`file`.lock) keeps other processes
/// from the file.
struct CheckpointOptions {
  std::filesystem::path file = {};  ///< No checkpoints if it is empty.
  double every_seconds = 60;        ///< The longest time between two checkpoints, in real seconds.
  std::uint64_t every_merges = 0;   ///< Also after so many merges, if it is not 0; not over Tcp.

  /// Throws std::invalid_argument naming the field.
  void validate() const {
    require(every_seconds > 0, "CheckpointOptions::every_seconds", every_seconds, "positive");
  }
};

}  // namespace tributary::inline v0_1
