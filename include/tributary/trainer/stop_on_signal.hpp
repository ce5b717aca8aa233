// SPDX-License-Identifier: Apache-2.0
#pragma once

#if __has_include(<pthread.h>)
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <initializer_list>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <tributary/transport/detail/start_thread.hpp>
#include <vector>

namespace tributary::inline v0_1 {

/// Requests a stop when the process gets a signal, by default SIGTERM or SIGINT (Ctrl-C), so that a
/// run ends with its result and its checkpoint:
///
///   const StopOnSignal signals;  // first in main()
///   trainer.train(data, {.stop = signals.stop_token(), .checkpoint = {.file = "run.tck"}});
///   if (signals.received()) return 85;  // start me again
///
/// While it lives, these signals do not end the process. Make it before other threads are started,
/// because it blocks the signals in this thread and in those that this thread starts; a thread of
/// its own looks for them, 20 times a second. For POSIX systems.
class StopOnSignal {
 public:
  /// Throws std::system_error for a number that is no signal, or if no thread can be started.
  StopOnSignal(std::initializer_list<int> signals = {SIGTERM, SIGINT}) : signals_{signals} {
    ::sigemptyset(&set_);
    for (const int signal : signals_) {
      if (::sigaddset(&set_, signal) != 0)
        throw std::system_error{std::make_error_code(std::errc::invalid_argument),
                                "StopOnSignal: " + std::to_string(signal) + " is no signal"};
    }
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &set_, &before_); error != 0)
      throw std::system_error{error, std::generic_category(), "StopOnSignal: pthread_sigmask"};
    try {
      thread_ =
          detail::start_thread("StopOnSignal", [this](const std::stop_token& end) { wait(end); });
    } catch (...) {
      ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
      throw;
    }
  }
  StopOnSignal(StopOnSignal&&) = delete;
  /// Call it in the thread that made this.
  ~StopOnSignal() {
    thread_ = {};  // joins
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  std::stop_token stop_token() const noexcept { return stop_.get_token(); }
  /// The signal that was received first; 0 if none was.
  int received() const noexcept { return received_; }

 private:
  void wait(const std::stop_token& end) {
    while (!end.stop_requested()) {
      ::sigset_t pending;
      ::sigpending(&pending);
      for (const int signal : signals_) {
        if (::sigismember(&pending, signal) != 1) continue;
        int taken = 0, none = 0;
        if (::sigwait(&set_, &taken) == 0) received_.compare_exchange_strong(none, taken);
        stop_.request_stop();
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  }

  std::vector<int> signals_;
  ::sigset_t set_, before_;
  std::stop_source stop_;
  std::atomic<int> received_ = 0;
  std::jthread thread_;  ///< The last member: it uses the others.
};

}  // namespace tributary::inline v0_1

#endif
