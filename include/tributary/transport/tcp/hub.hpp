// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/center/any_center.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <tributary/transport/detail/run_worker.hpp>
#include <tributary/transport/detail/shared_center.hpp>
#include <tributary/transport/detail/start_thread.hpp>
#include <tributary/transport/tcp/checkpointer.hpp>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/frames.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/hub_port.hpp>
#include <tributary/transport/tcp/hub_run.hpp>
#include <tributary/transport/tcp/hub_session.hpp>
#include <tributary/transport/tcp/lanes.hpp>
#include <tributary/transport/tcp/listener.hpp>
#include <tributary/transport/tcp/membership.hpp>
#include <tributary/transport/tcp/messages.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/refusal_notices.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <tributary/transport/tcp/vectors.hpp>
#include <tributary/transport/transport.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// The hub: the listener, a session for each rank, and the threads that write checkpoints and
/// notify observers, from the first worker to the last farewell.
template <class Options, Real S>
class TcpHub {
 public:
  TcpHub(const Options& options, const Codecs<S>& codecs, const RunPlan& plan, Acceptor& acceptor,
         AnyCenter<S>& center)
      : run_{options, codecs, plan, center},
        checkpointer_{run_},
        notices_{run_},
        listener_{acceptor, options, *this} {
    for (Membership::Member& member : run_.membership.members())
      sessions_.emplace_back(run_, checkpointer_, member);  // from the initial parameters
    checkpointer_.open();
    for (int rank = 0; rank < options.local_workers; ++rank) run_.membership.ledger().begin(rank);
    run_.begun = run_.membership.begun();
    for (const Membership::Member& member : run_.membership.members()) {
      if (!run_.membership.is_at_work(member)) run_.shared.leave(member.rank);
    }
    for (const Membership::Member& member : run_.membership.members()) {
      if (member.reserved) run_.shared.reserve(member.rank);
    }
  }

  Delivery run(std::span<AnyWorker<S>* const> local, std::stop_token stop) {
    {
      std::vector<std::jthread> threads;
      std::jthread notifier, listener, checkpoint_writer;
      if (stop.stop_requested()) halt();  // before a worker can take a step
      try {
        notifier = start_thread("the hub's notices",
                                [&](const std::stop_token& end) { notices_.keep(end); });
        start_restored();
        listener = start_thread("the hub's listener",
                                [&](const std::stop_token& end) { keep_listener(end); });
        checkpoint_writer = start_thread(
            "the hub's checkpoints", [&](const std::stop_token& end) { checkpointer_.keep(end); });
        for (AnyWorker<S>* const worker : local) {
          if (run_.shared.flow() == Flow::stop) break;
          threads.push_back(start_thread("worker " + std::to_string(worker->rank()),
                                         [this, worker] { run_local(*worker); }));
        }
        supervise(stop);
      } catch (...) {  // a thread cannot be started: the running ones must not wait for it
        run_.shared.fail(std::current_exception());
      }
      end();
      halt();
      threads.clear();  // joins
      wait_for_farewells();
    }
    for (Session& session : sessions_) session.join();  // no thread starts them any more
    checkpointer_.write_last();
    run_.shared.finish();
    return {.seconds = run_.shared.seconds(),
            .bytes = run_.bytes,
            .resent = run_.resent,
            .lost = run_.lost,
            .lost_commits = run_.membership.missing_commits(),
            .lost_steps = run_.lost_steps,
            .fingerprint = run_.membership.fingerprint()};
  }

  // Called by the listener.

  Result<Terms, Refusal> admit(const Offer& offer) {
    const std::scoped_lock book{run_.book};
    return run_.membership.admit(offer, run_.over);
  }
  /// The worker may have been given up in the meantime.
  void connected(std::uint64_t session, std::uint16_t shard,
                 std::shared_ptr<Connection> connection) {
    if (shard > 0) return connected_lane(session, shard, connection);
    auto lanes = std::make_shared<Lanes>(run_.options.shards);
    std::string failure = "another worker has its rank now";
    {
      const std::scoped_lock book{run_.book};
      Membership::Member* const member = run_.membership.of_session(session);
      if (member && member->state == State::expected) {
        Session& its = session_of(*member);
        failure = member->served ? "" : its.start();
        if (failure.empty()) {
          its.connect(connection, lanes);
          run_.last_trouble.clear();
        } else {
          run_.membership.left(*member);
          run_.last_trouble = "refused worker " + std::to_string(member->rank) + ": " + failure;
          notices_.add(run_.last_trouble);
        }
      }
    }
    run_.changed.notify_all();
    if (!failure.empty()) Session::reject(*connection, {TcpErrc::no_room, failure});
  }
  void left(std::uint64_t session, std::uint16_t shard) {
    if (shard > 0) return;
    const std::scoped_lock book{run_.book};
    if (Membership::Member* const member = run_.membership.of_session(session))
      run_.membership.left(*member);
  }
  void refused(const std::string& peer, const Refusal& refusal) {
    const std::scoped_lock book{run_.book};
    const std::string what = "refused " + peer + ": " + refusal.text;
    switch (refusal.code) {
      case TcpErrc::too_slow:
      case TcpErrc::wrong_magic:
        break;
      case TcpErrc::different_settings:
      case TcpErrc::wrong_rank:
      case TcpErrc::duplicate_worker:
      case TcpErrc::no_room:
        run_.last_trouble = what;
        break;
      default:  // possibly not a worker of this run
        if (run_.last_trouble.empty()) run_.last_trouble = what;
    }
    notices_.add(what);
  }
  void cannot_accept(const std::string& why) {
    const std::scoped_lock book{run_.book};
    notices_.add("connections cannot be accepted at the moment: " + why);
  }
  /// Sends pings for sessions whose threads are busy.
  void tend() {
    const std::scoped_lock book{run_.book};
    for (Session& session : sessions_) {
      if (session.connection()) session.connection()->tend(false);
    }
  }

 private:
  using State = Membership::State;
  using Session = HubSession<Options, S>;

  Session& session_of(const Membership::Member& member) {
    return sessions_[static_cast<std::size_t>(member.rank)];
  }

  /// The worker may have another session by now.
  void connected_lane(std::uint64_t session, std::uint16_t shard,
                      const std::shared_ptr<Connection>& connection) {
    std::shared_ptr<Lanes> lanes;
    {
      const std::scoped_lock book{run_.book};
      const Membership::Member* const member = run_.membership.of_session(session);
      if (member) lanes = session_of(*member).lanes();
    }
    if (!lanes || !lanes->add(shard, connection)) connection->close("its worker is not connected");
  }
  /// Starts the sessions of workers that are away and may return.
  void start_restored() {
    const std::scoped_lock book{run_.book};
    for (Session& session : sessions_) {
      if (session.member().state != State::away || session.member().served) continue;
      if (const std::string failure = session.start(); !failure.empty()) throw TcpError{failure};
    }
  }
  void keep_listener(const std::stop_token& stop) {
    try {
      listener_.keep(stop);
    } catch (...) {
      run_.shared.fail(std::current_exception());
    }
  }

  void run_local(AnyWorker<S>& worker) {
    const FlushDenormals guard;
    const int rank = worker.rank();
    try {
      HubPort<Options, S> port{run_, rank};
      run_worker<S>(worker, port, run_.halt.get_token());
    } catch (...) {
      run_.shared.fail(std::current_exception());
    }
    run_.shared.leave(rank);
    {
      const std::scoped_lock book{run_.book};
      run_.membership.vacate(run_.membership.member(rank));
    }
    run_.changed.notify_all();
  }

  /// Waits until all workers have left; the listener keeps running.
  void wait_for_farewells() {
    std::unique_lock book{run_.book};
    const auto stays = [](const Membership::Member& member) {
      return member.served || member.state == State::expected;
    };
    while (std::ranges::any_of(run_.membership.members(), stays))
      run_.changed.wait_for(book, std::chrono::milliseconds{20});
  }

  /// Waits until the run is over: every step is in the center, or the run ends early.
  void supervise(const std::stop_token& stop) {
    Time last_present = Clock::now(), last_working = last_present;
    const Time join = last_present + seconds_from(run_.options.join_seconds);
    bool stopping = false;
    std::unique_lock book{run_.book};
    for (;;) {
      const Time now = Clock::now();
      if (run_.membership.finished() || run_.shared.flow() == Flow::stop) break;
      if (stop.stop_requested() && !std::exchange(stopping, true)) {
        halt();
        std::vector<std::shared_ptr<Connection>> connections;
        for (Session& session : sessions_) {
          if (session.connection()) connections.push_back(session.connection());
        }
        book.unlock();  // a connection may wait for the center, and the center for the book
        for (const auto& connection : connections) {
          connection->locked([&] { connection->writer().put({.type = FrameType::stop}); });
          connection->tend(false);
        }
        book.lock();
      }
      const bool there =
          run_.membership.any_in({State::present, State::local, State::away, State::expected});
      if (there) last_present = now;
      const bool tells_newcomers =
          run_.center.tells_newcomers() && run_.membership.reserves() && now < join;
      const bool waits = there && now < latest_end();
      if (stopping && !waits && !tells_newcomers) break;
      const bool begins =
          !run_.begun && there && (run_.membership.knows_all_parts() || now >= join);
      if (!run_.begun || run_.membership.works()) last_working = now;
      const bool releases = now >= join && run_.membership.reserves();
      const bool abandons = now - last_working >= seconds_from(run_.options.join_seconds) && there;
      book.unlock();
      if (begins) begin();
      if (abandons) abandon();
      if (now - last_present >= seconds_from(run_.options.join_seconds)) {
        run_.fail("all workers have left, and not all rows were trained on" + last_trouble());
      } else if (releases) {
        release_ranks();
      }
      book.lock();
      run_.changed.wait_for(book, std::chrono::milliseconds{20});
    }
    book.unlock();
    if (run_.center.ended_at_start()) run_.shared.stop();  // as an observer does later
    if (!run_.shared.failed())
      checkpointer_.make_durable();  // workers leave, and none will send its commits again
  }
  std::string last_trouble() {
    const std::scoped_lock book{run_.book};
    return run_.last_trouble.empty() ? "" : "; last problem: " + run_.last_trouble;
  }
  /// Workers take no more steps.
  void halt() {
    if (run_.halt.stop_requested()) return;
    run_.halted = Clock::now();
    run_.halt.request_stop();
  }
  /// The end of a run that was stopped: sessions give up late workers before, but these may join again.
  Time latest_end() const {
    return run_.halted + seconds_from(run_.options.join_seconds) +
           seconds_from(run_.options.timeouts.dead_seconds);
  }
  void end() {
    run_.ended = Clock::now();
    run_.over = true;
    run_.changed.notify_all();
    release_ranks();
  }
  /// All workers with rows of their own have joined.
  void begin() {
    try {
      const std::scoped_lock book{run_.book};
      run_.membership.begin();
      run_.begun_at = Clock::now();
      run_.begun = true;
    } catch (...) {
      run_.shared.fail(std::current_exception());
    }
    run_.changed.notify_all();
  }
  /// Gives up the steps of lost workers whose rows no other worker has.
  void abandon() {
    std::vector<Lease> left;
    {
      const std::scoped_lock book{run_.book};
      left = run_.membership.ledger().abandon();
      for (const Lease& lease : left) run_.lost_steps += lease.end - lease.begin;
    }
    for (const Lease& lease : left) {
      run_.notify("worker " + std::to_string(lease.share) + " is lost with its rows: steps " +
                  std::to_string(lease.begin) + " to " + std::to_string(lease.end) +
                  " on them are not taken");
    }
  }
  /// From now on no worker waits for ranks that have had no worker.
  void release_ranks() {
    for (Session& session : sessions_) {
      run_.shared.leave_if(session.member().rank, [&] {
        const std::scoped_lock book{run_.book};
        return run_.membership.release(session.member());
      });
    }
    run_.shared.set_workers([&] {
      const std::scoped_lock book{run_.book};
      return run_.membership.workers();
    });
  }

  HubRun<Options, S> run_;
  Checkpointer<Options, S> checkpointer_;
  RefusalNotices<Options, S> notices_;
  std::deque<Session> sessions_;  ///< One per rank.
  Listener<Options, TcpHub> listener_;
};

}  // namespace tributary::inline v0_1::detail
