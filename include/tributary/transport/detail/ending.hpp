// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <exception>
#include <string>
#include <tributary/core/training_diverged.hpp>
#include <tributary/observe/observer.hpp>
#include <utility>

namespace tributary::inline v0_1::detail {

/// The reason why a run ends early: an observer stops it, or an exception was thrown. Any thread
/// may call flow() and failed(); calls of the other functions never overlap.
class Ending {
 public:
  Flow flow() const noexcept { return flow_; }
  /// An exception was thrown.
  bool failed() const noexcept { return failed_; }
  /// Ends the run: the first failure is the one that rethrow() throws.
  void fail(std::exception_ptr failure) noexcept {
    if (!failure_) failure_ = std::move(failure);
    failed_ = true;
    flow_ = Flow::stop;
  }
  /// Runs a function that calls observers. If it throws or returns Flow::stop, the run ends.
  template <class Act>
  void watch(Act&& act) noexcept {
    try {
      if (act() == Flow::stop) flow_ = Flow::stop;
    } catch (...) {
      fail(std::current_exception());
    }
  }
  /// The message of the failure; empty if there was none.
  std::string failure() const {
    try {
      rethrow();
    } catch (const std::exception& error) {
      return error.what();
    } catch (...) {
      return "an exception of an unknown type";
    }
    return {};
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  bool diverged() const {
    try {
      rethrow();
      return false;
    } catch (const TrainingDiverged&) {
      return true;
    } catch (...) {
      return false;
    }
  }

 private:
  std::atomic<Flow> flow_ = Flow::proceed;
  std::atomic<bool> failed_ = false;
  std::exception_ptr failure_;
};

}  // namespace tributary::inline v0_1::detail
