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

/// Notifies observers of refused peers. Observers may be slow, and threads that answer peers must
/// not wait for them. Merges wait while observers are notified, so unknown peers must not determine
/// the rate of notices.
template <class Options, Real S>
class RefusalNotices {
 public:
  explicit RefusalNotices(HubRun<Options, S>& run) : run_{run} {}

  /// Call it with the book's lock. The observers get a notice of their own, or one for several
  /// refusals.
  void add(const std::string& what) {
    if (omitted_ == 0 && std::ssize(pending_) < most_at_once && may_notify()) {
      pending_.push_back({what, run_.shared.seconds()});
    } else {
      ++omitted_;
      last_omitted_ = what;
    }
  }
  /// Notifies observers until a stop is requested.
  void keep(const std::stop_token& stop) {
    for (bool last = false; !last;) {
      std::deque<Notice> notices;
      {
        std::unique_lock book{run_.book};
        if (pending_.empty() && !stop.stop_requested())
          run_.changed.wait_for(book, std::chrono::milliseconds{20});
        last = stop.stop_requested();
        notices.swap(pending_);
        if (omitted_ > 0 && (last || may_notify()))
          notices.push_back({std::to_string(std::exchange(omitted_, 0)) +
                                 " more notices, the last one: " + last_omitted_,
                             run_.shared.seconds()});
      }
      for (const Notice& notice : notices) run_.shared.notify(notice);
    }
  }

 private:
  /// Allows most_at_once notices at once, then one a second.
  bool may_notify() {
    constexpr std::chrono::seconds each{1};
    const Time now = Clock::now();
    if (paced_until_ > now + (most_at_once - 1) * each) return false;
    paced_until_ = std::max(paced_until_, now) + each;
    return true;
  }

  HubRun<Options, S>& run_;
  static constexpr std::ptrdiff_t most_at_once = 20;
  std::deque<Notice> pending_;  ///< Notices to send,
  std::uint64_t omitted_ = 0;   ///< the number of further refusals,
  std::string last_omitted_;    ///< and the last of them.
  Time paced_until_ = {};       ///< The end of the notices sent, counted at one a second.
};

}  // namespace tributary::inline v0_1::detail
