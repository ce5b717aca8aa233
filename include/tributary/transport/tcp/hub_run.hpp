// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <string>
#include <tributary/center/any_center.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/shared_center.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/membership.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <tributary/transport/tcp/staging.hpp>
#include <tributary/transport/tcp/vectors.hpp>
#include <tributary/transport/transport.hpp>

namespace tributary::inline v0_1::detail {

/// The state that the threads of a hub share. Locks are taken in this order: the shared center's,
/// `book`, a connection's.
template <class Options, Real S>
struct HubRun {
  HubRun(const Options& given, const Codecs<S>& of_vectors, const RunPlan& plan,
         AnyCenter<S>& merged_into)
      : options{given},
        codecs{of_vectors},
        fingerprint{plan.fingerprint},
        center{merged_into},
        shared{center, options.workers, [this](const CommitHeader& header) { book_merge(header); }},
        membership{options, plan},
        staging{most_staged()} {}
  HubRun(const HubRun&) = delete;

  bool is_asynchronous() const noexcept {
    return center.traits().schedule == Schedule::asynchronous;
  }
  /// Whether a reply can be sent before the commit is completely merged.
  bool can_stream() const noexcept { return is_asynchronous() && codecs.replies.is_memory; }
  std::size_t vector_bytes() const {
    return std::max<std::size_t>(1,
                                 sizeof(S) * static_cast<std::size_t>(center.parameters().size()));
  }
  void notify(const std::string& text) { shared.notify(Notice{text, shared.seconds()}); }
  void fail(const std::string& why) { fail(TcpError{"Tcp: " + why}); }
  template <class E>
  requires std::derived_from<E, std::exception>
  void fail(const E& failure) {
    shared.fail(std::make_exception_ptr(failure));
    changed.notify_all();
  }

  const Options& options;
  const Codecs<S>& codecs;
  const Fingerprint& fingerprint;
  AnyCenter<S>& center;
  SharedCenter<S> shared;
  std::mutex book;  ///< Protects the membership and the state that sessions share.
  std::condition_variable changed;
  Membership membership;
  Staging<S> staging;
  std::atomic<bool> over = false, begun = false;
  std::stop_source halt;
  Time halted = {}, ended = {};  ///< Times at which the stop was requested and the run was over.
  Time begun_at = {};            ///< Time of the begin, if all workers had to join before.
  std::atomic<std::uint64_t> bytes = 0, resent = 0;
  int lost = 0;                  ///< Of the whole run, like lost_steps.
  std::uint64_t lost_steps = 0;  ///< Both with the book's lock.
  std::string last_trouble;      ///< The last reason why a worker was refused or lost.

 private:
  /// If a commit may wait for others, all workers have room.
  std::size_t most_staged() const {
    if (!is_asynchronous()) return static_cast<std::size_t>(options.workers);
    return options.staged_bytes / vector_bytes();
  }
  /// Called with the shared center's lock.
  void book_merge(const CommitHeader& header) {
    {
      const std::scoped_lock lock{book};
      membership.merged(header);
      if (!membership.finished()) return;
    }
    changed.notify_all();
  }
};

}  // namespace tributary::inline v0_1::detail
