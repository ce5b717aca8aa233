// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <tributary/center/any_center.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/trainer/detail/work_plan.hpp>
#include <tributary/trainer/train_options.hpp>
#include <tributary/transport/checkpoint_options.hpp>
#include <tributary/transport/detail/checkpoints.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/transport.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// The run that a checkpoint of one process belongs to. A later one may have more epochs, and other
/// threads' places.
template <class T>
Fingerprint fingerprint_of_checkpoint(Fingerprint print, const T& transport) {
  print.add(describe_settings("transport", transport), "", 900);
  std::erase_if(print.fields, [](const auto& field) {
    return field.first == "TrainOptions::epochs" || field.first == "InProcess::pin";
  });
  return print;
}

/// Throws std::invalid_argument if the checkpoint that the options want is not written.
template <class T, Real S>
void check_checkpoint(const TrainOptions& options) {
  constexpr bool meets = requires { requires T::writes_checkpoints; };
  const bool written = options.checkpoint.file.empty() || meets || WritesCheckpoints<T, S>;
  require(written, "TrainOptions::checkpoint", options.checkpoint.file.string(),
          "empty with the transport " + plain_type_name<T>() + ", which writes none");
}

/// Runs a center and workers, with checkpoints if these are wanted. A transport whose processes meet
/// has got these options in its RunPlan. `print` makes the fingerprint of the run.
template <class C, class T, class D, Real S, class Print>
Delivery run(const C& carrier, const T& transport, const WorkPlan<D>& plan, const Print& print,
             AnyCenter<S>& center, std::span<AnyWorker<S>* const> workers, std::stop_token stop) {
  if constexpr (WritesCheckpoints<C, S>) {
    const CheckpointOptions& options = plan.options.checkpoint;
    if (!options.file.empty()) {
      for (const AnyWorker<S>* const worker : workers) {
        const std::string unsaved = worker->unsaved();
        require(unsaved.empty(), "TrainOptions::checkpoint", options.file.string(),
                "empty because this state cannot be saved: " + unsaved);
      }
      Checkpoints<S> checkpoints{options, fingerprint_of_checkpoint(print(), transport), center,
                                 workers, stop};
      if (checkpoints.resume() == Flow::stop) return {};
      return carrier.run(center, workers, std::move(stop), &checkpoints);
    }
  }
  return carrier.run(center, workers, std::move(stop));
}

}  // namespace tributary::inline v0_1::detail
