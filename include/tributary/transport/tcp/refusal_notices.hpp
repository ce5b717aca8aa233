// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <stop_token>
#include <string>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/transport/tcp/hub_run.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <utility>

namespace tributary::inline v0_1::detail {

/// Tells observers of refused peers. Observers may be slow, and threads that answer peers must not
/// wait for them. While an observer is told, merges wait, so strangers must not decide how often
/// that is.
template <class Options, Real S>
class RefusalNotices {
 public:
  explicit RefusalNotices(HubRun<Options, S>& run) : run_{run} {}

  /// With the book's lock: the observers will be told, at once or in a sum.
  void add(const std::string& what) {
    if (left_out_ == 0 && std::ssize(untold_) < most_at_once && may_tell()) {
      untold_.push_back({what, run_.shared.seconds()});
    } else {
      ++left_out_;
      last_left_out_ = what;
    }
  }
  /// Tells them until it is told to stop.
  void keep(const std::stop_token& stop) {
    for (bool last = false; !last;) {
      std::deque<Notice> notices;
      {
        std::unique_lock book{run_.book};
        if (untold_.empty() && !stop.stop_requested())
          run_.changed.wait_for(book, std::chrono::milliseconds{20});
        last = stop.stop_requested();
        notices.swap(untold_);
        if (left_out_ > 0 && (last || may_tell()))
          notices.push_back({std::to_string(std::exchange(left_out_, 0)) +
                                 " more, the last one: " + last_left_out_,
                             run_.shared.seconds()});
      }
      for (const Notice& notice : notices) run_.shared.notify(notice);
    }
  }

 private:
  /// So many at once, then one a second.
  bool may_tell() {
    constexpr std::chrono::seconds each{1};
    const Time now = Clock::now();
    if (tells_until_ > now + (most_at_once - 1) * each) return false;
    tells_until_ = std::max(tells_until_, now) + each;
    return true;
  }

  HubRun<Options, S>& run_;
  static constexpr std::ptrdiff_t most_at_once = 20;
  std::deque<Notice> untold_;   ///< What the observers will be told,
  std::uint64_t left_out_ = 0;  ///< how many refusals beyond,
  std::string last_left_out_;   ///< and the last of them.
  Time tells_until_ = {};       ///< As if those that were told had come one a second.
};

}  // namespace tributary::inline v0_1::detail
