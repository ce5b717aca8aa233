// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <tributary/transport/detail/start_thread.hpp>
#include <utility>

namespace tributary::inline v0_1::detail {

/// Requests a stop when the user does, or when the time is over. Without a limit it is the user's
/// token and nothing more.
class TimeLimit {
 public:
  enum class Clock {
    real,       ///< A thread waits.
    simulated,  ///< The transport requests the stop in source().
  };

  /// No limit for 0 seconds. Throws std::system_error if the thread cannot be started.
  TimeLimit(std::stop_token user, double seconds, Clock clock)
      : user_{std::move(user)}, limited_{seconds > 0}, by_user_{user_, Forward{both_}} {
    if (!limited_ || clock == Clock::simulated) return;
    constexpr double longest = 1e9;  // 30 years; clocks overflow at 300
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                         std::chrono::duration<double>{std::min(seconds, longest)});
    if (std::chrono::steady_clock::now() >= end) {
      time_.request_stop();
      return;
    }
    timer_ = start_thread("TrainOptions::time_limit", [this, end](const std::stop_token& done) {
      std::mutex mutex;
      std::condition_variable_any sleep;
      std::unique_lock lock{mutex};
      sleep.wait_until(lock, done, end, [] { return false; });
      if (!done.stop_requested()) time_.request_stop();
    });
  }
  TimeLimit(TimeLimit&&) = delete;

  std::stop_token stop_token() const { return limited_ ? both_.get_token() : user_; }
  /// To be stopped when the time is over.
  const std::stop_source& source() const noexcept { return time_; }
  bool is_over() const noexcept { return time_.stop_requested(); }

 private:
  struct Forward {
    std::stop_source& to;
    void operator()() const { to.request_stop(); }
  };

  std::stop_token user_;
  bool limited_;
  std::stop_source time_, both_;
  std::stop_callback<Forward> by_user_;
  std::stop_callback<Forward> by_time_{time_.get_token(), Forward{both_}};
  std::jthread timer_;  ///< The last member: it uses the others.
};

}  // namespace tributary::inline v0_1::detail
