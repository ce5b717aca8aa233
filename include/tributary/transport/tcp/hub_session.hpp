// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <tributary/core/result.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <tributary/transport/detail/shared_center.hpp>
#include <tributary/transport/tcp/checkpointer.hpp>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/frames.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/hub_run.hpp>
#include <tributary/transport/tcp/lanes.hpp>
#include <tributary/transport/tcp/membership.hpp>
#include <tributary/transport/tcp/messages.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <tributary/transport/tcp/staging.hpp>
#include <tributary/transport/tcp/vectors.hpp>
#include <utility>

namespace tributary::inline v0_1::detail {

/// The hub's session for one rank: a thread that receives a worker's commits and posts them at the
/// shared center. The worker may reconnect, and another worker may have the rank later.
template <class Options, Real S>
class HubSession {
 public:
  HubSession(HubRun<Options, S>& run, Checkpointer<Options, S>& checkpointer,
             Membership::Member& member)
      : run_{run},
        checkpointer_{checkpointer},
        member_{member},
        rank_{member.rank},
        incoming_{run.codecs.commits.make_incoming(run.center.parameters())},
        outgoing_{run.codecs.replies.make_outgoing(run.center.parameters())} {}
  HubSession(const HubSession&) = delete;

  // Call these with the book's lock.

  Membership::Member& member() const noexcept { return member_; }
  const std::shared_ptr<Connection>& connection() const noexcept { return connection_; }
  const std::shared_ptr<Lanes>& lanes() const noexcept { return connected_lanes_; }
  /// Starts a thread for the worker. Returns the reason of a failure, or an empty text.
  std::string start() {
    join();
    started_ = member_.restored;
    try {
      thread_ = std::thread{[this] { serve(); }};
    } catch (const std::system_error& error) {
      return std::string{"the hub cannot start a thread for it: "} + error.what();
    }
    run_.membership.serve(member_);
    return {};
  }
  /// The worker has this connection. Afterwards `lanes` are those of the connection before.
  void connect(std::shared_ptr<Connection> connection, std::shared_ptr<Lanes>& lanes) {
    member_.state = Membership::State::present;
    connection_ = std::move(connection);
    connected_lanes_.swap(lanes);
  }

  // Call these without it.

  /// After the worker has left.
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  /// Counts the worker as missing or present; rules may depend on the number of workers.
  void set_missing(bool missing) {
    run_.shared.set_workers([&] {
      const std::scoped_lock book{run_.book};
      return run_.membership.set_missing(member_, missing);
    });
  }
  /// Refuses a connection without waiting.
  static void reject(Connection& connection, const Refusal& refusal) {
    put_refusal(connection, refusal);
    connection.push();
    connection.close(refusal.text);
  }

 private:
  using State = Membership::State;
  /// Messages of the worker that are not processed yet.
  struct Inbox {
    bool pull = false, commit = false, grant_request = false, goodbye = false;
    std::uint64_t sequence = 0;
    CommitInfo info = {};
    Parting parting = {};
  };

  void serve() {
    const FlushDenormals guard;
    bool lost = true;
    since_ = Clock::now();
    try {
      lost = !serve_until_parted();
    } catch (...) {
      run_.shared.fail(std::current_exception());
    }
    leave(lost);
  }
  /// False if the worker is lost.
  bool serve_until_parted() {
    while (const auto connection = next_connection()) {
      const bool parted = serve_connection(*connection);
      connection->close("it has ended");
      lanes_->close("the worker's first connection has ended");
      run_.bytes += connection->bytes() + lanes_->bytes();
      lanes_ = nullptr;
      if (parted) return true;
      const std::string what =
          "worker " + std::to_string(rank_) + " is disconnected: " + connection->failure();
      run_.notify(what);
      const std::scoped_lock book{run_.book};
      run_.last_trouble = what;
      if (is_late()) {
        run_.membership.give_up(member_);
        break;
      }
      if (connection_ == connection) run_.membership.lose_connection(member_);
    }
    if (run_.options.on_loss == OnLoss::fail && !run_.over)
      run_.fail("worker " + std::to_string(rank_) + " is lost");
    return false;
  }
  std::shared_ptr<Connection> next_connection() {
    std::unique_lock book{run_.book};
    Membership::Member& member = member_;
    const auto until = [&] {
      return member.away_since + seconds_from(run_.options.rejoin_seconds);
    };
    while (member.state != State::present) {
      if (member.state == State::away && Clock::now() >= until()) {
        run_.membership.give_up(member);
        return nullptr;
      }
      run_.changed.wait_for(book, std::chrono::milliseconds{20});
    }
    lanes_ = connected_lanes_;
    return connection_;
  }
  void leave(bool lost) {
    merging_.reset();
    run_.shared.leave(rank_);
    set_missing(lost);
    if (lost)
      run_.shared.notify(
          Notice{"worker " + std::to_string(rank_) + " is lost", run_.shared.seconds()});
    {  // the thread's last use of the book: the next worker joins the thread
      const std::scoped_lock book{run_.book};
      if (lost && !run_.over) ++run_.lost;
      connection_ = nullptr;
      last_reply_ = nullptr;
      run_.membership.vacate(member_);
    }
    run_.changed.notify_all();
  }

  /// The time at which a worker without a complete commit is given up.
  Time latest() const {
    Time time = Time::max();
    if (!idle_ && run_.begun) {
      time = std::max(since_, run_.begun_at) + seconds_from(run_.options.timeouts.commit_seconds);
    }
    if (run_.halt.stop_requested())
      time = std::min(time, run_.halted + seconds_from(run_.options.join_seconds));
    if (run_.over)
      time = std::min(time, run_.ended + seconds_from(run_.options.timeouts.dead_seconds));
    return time;
  }
  bool is_late() const { return Clock::now() >= latest(); }
  /// Serves a connection. True if the worker has left, false if the connection has ended.
  bool serve_connection(Connection& connection) {
    Inbox inbox;
    connection.locked([&] {
      connection.set_pauses(polling_time(run_.options.workers));
      connection.set_handler([&](const FrameHeader& header, std::span<const std::byte> payload) {
        return receive(inbox, connection, header, payload);
      });
      // It joined, or returned, after the stop was sent to the others.
      if (run_.halt.stop_requested()) connection.writer().put({.type = FrameType::stop});
    });
    const auto may_begin = [&] { return inbox.pull && (run_.begun || run_.halt.stop_requested()); };
    const auto ready = [&] {
      return may_begin() || inbox.commit || inbox.grant_request || inbox.goodbye || run_.over;
    };
    for (;;) {
      const Time tick = Clock::now() + std::chrono::milliseconds{idle_ ? 5 : 50};
      const bool busy = connection.work_until(ready, tick);
      if (inbox.goodbye) return part(connection, inbox);
      if (connection.ended()) return false;
      if (run_.over) return farewell(connection, inbox);
      if (is_late()) return refuse(connection, {TcpErrc::too_slow, "no commit arrived in time"});
      if (may_begin()) {
        rejoin();
        inbox.pull = false;
        checkpointer_.make_durable();  // with this worker
        reply(connection, 0, start_);
      } else if ((inbox.grant_request || inbox.commit) && !started_) {
        return refuse(connection, {TcpErrc::unexpected_message, "PULL must be the first message"});
      } else if (inbox.grant_request) {
        inbox.grant_request = false;
        answer_grant_request(connection);
      } else if (inbox.commit) {
        if (!receive_commit(connection, inbox)) continue;
      } else if (!busy && idle_) {
        grant_if_any(connection);
      }
    }
  }
  TcpStatus receive(Inbox& inbox, Connection& connection, const FrameHeader& header,
                    std::span<const std::byte> payload) {
    switch (header.type) {
      case FrameType::pull:
        inbox.pull = true;
        return Done{};
      case FrameType::commit: {
        const auto info = CommitInfo::read(payload);
        if (!info) return info.error();
        if (inbox.commit) return TcpErrc::unexpected_message;
        inbox.info = *info;
        inbox.sequence = header.sequence;
        inbox.commit = true;
        connection.set_reading(false);  // until there is memory for it
        return Done{};
      }
      case FrameType::grant:
        if (!payload.empty()) return TcpErrc::malformed;
        inbox.grant_request = true;
        return Done{};
      case FrameType::goodbye: {
        const auto parting = Parting::read(payload);
        if (!parting) return parting.error();
        inbox.parting = *parting;
        inbox.goodbye = true;
        return Done{};
      }
      case FrameType::chunk:
        return receive_chunk(connection);
      default:
        return TcpErrc::unexpected_message;
    }
  }
  /// Checks a received chunk, and merges the stripes that are complete.
  TcpStatus receive_chunk(Connection& connection) {
    const std::size_t received = connection.reader().received();
    const TcpStatus right = incoming_->check(commit_, received);
    if (!right) return right;
    if (run_.codecs.commits.is_memory && merging_) {
      while (stripe_ < run_.center.stripes() && bytes_to(stripe_) <= received && merge_stripe()) {
      }
      connection.writer().set_ready(ready_);
    }
    return Done{};
  }
  /// The worker joins the center again. A commit whose rest never arrived must not block
  /// hold_still().
  void rejoin() {
    merging_.reset();
    started_ = true;
    set_missing(false);
    const std::uint64_t worker = [&] {
      const std::scoped_lock book{run_.book};
      return member_.worker_id;
    }();
    run_.shared.join(rank_, start_, worker);
  }
  /// Receives a commit and replies. False if the connection ended.
  bool receive_commit(Connection& connection, Inbox& inbox) {
    const Time arrived = Clock::now();
    const typename Staging<S>::Loan memory{run_.staging, commit_};
    since_ += Clock::now() - arrived;
    const auto [applied, admitted] = [&] {
      const std::scoped_lock book{run_.book};
      return std::pair{member_.applied, run_.membership.ledger().admits(rank_, inbox.info.steps)};
    }();
    if (inbox.sequence > applied + 1 || inbox.sequence == 0)
      return refuse(connection,
                    {TcpErrc::unexpected_message, "commits are missing before this one"});
    const auto space = incoming_->space(commit_, inbox.info.vector_bytes);
    if (!space) return refuse(connection, {space.error(), std::string{message(space.error())}});
    const bool again = inbox.sequence <= applied;
    if (!again && !admitted)
      return refuse(connection, {TcpErrc::out_of_range,
                                 inbox.info.steps > 0 ? "more steps than its lease has left"
                                                      : "a commit of a worker without a lease"});
    if (inbox.info.events > std::uint64_t{inbox.info.steps} << 31)  // a batch_size is an int
      return refuse(connection, {TcpErrc::out_of_range, "more events than its steps can have"});
    const CommitHeader header = inbox.info.header(rank_);
    const int steps = static_cast<int>(inbox.info.steps);
    if (run_.can_stream() && run_.options.relaxed_atomicity && !again)
      start_merge(connection, header);
    Lanes& lanes = *lanes_;
    connection.locked([&] {
      connection.reader().expect(*space, part_of(space->size(), 0, lanes.count()));
      connection.set_reading(true);
    });
    lanes.receive(*space);
    connection.work_until([&] { return connection.reader().complete() || is_late(); });
    const bool first = connection.reader().complete();
    if (!first) refuse(connection, {TcpErrc::too_slow, "its commit did not arrive in time"});
    if (!finish_lanes(connection, first)) return false;
    if (const TcpStatus right = incoming_->decode(commit_); !right)
      return refuse(connection, {right.error(), std::string{message(right.error())}});
    inbox.commit = false;
    if (again) {
      ++run_.resent;
      if (!last_reply_) {
        rejoin();
        last_reply_ = &start_;
      }
    } else {
      if (run_.can_stream() && lanes.count() == 1)
        return stream(connection, header, inbox.sequence);
      run_.shared.post(header, commit_, steps);
      last_reply_ = run_.shared.await(rank_, 0);
      if (steps > 0) since_ = Clock::now();
    }
    if (!last_reply_) return true;  // the run ends
    return reply(connection, inbox.sequence, *last_reply_);
  }
  /// Waits for the worker's other lanes, if the first one works. False if a lane is lost.
  bool finish_lanes(Connection& connection, bool well) {
    if (!well) lanes_->close("the worker's first connection has ended");
    const bool all_well = lanes_->finish(
        Clock::now() + seconds_from(run_.options.timeouts.handshake_seconds), latest());
    if (!all_well) lanes_->close("another connection of this worker is lost");
    if (well && !all_well) connection.close("another connection of this worker is lost");
    return well && all_well;
  }
  /// Merges a commit, and sends each part of the reply as soon as it is computed. False if the
  /// connection ended.
  bool stream(Connection& connection, const CommitHeader& header, std::uint64_t sequence) {
    if (!merging_) start_merge(connection, header);
    while (merge_stripe()) {
      const std::size_t ready = ready_;
      connection.locked([&] { connection.writer().set_ready(ready); });
      if (stripe_ < run_.center.stripes())
        connection.push();  // the last one is sent with the grant
    }
    merging_->finish();
    merging_.reset();
    last_reply_ = run_.shared.await(rank_, 0);
    if (header.steps > 0) since_ = Clock::now();
    return !last_reply_ /* the run ends */ || grant(connection, sequence);
  }
  /// Begins to merge a commit stripe after stripe; each stripe of the reply is sent as soon as it
  /// is merged.
  void start_merge(Connection& connection, const CommitHeader& header) {
    if (!merging_) {
      merging_ =
          std::make_unique<typename SharedCenter<S>::Merging>(run_.shared, header, header.steps);
      stripe_ = 0;
      pause_if_relaxed();
    }
    ready_ = stripe_ == 0 ? 0 : bytes_to(stripe_ - 1);
    connection.locked([&] {
      const auto message = outgoing_->encode(merging_->reply());
      connection.writer().put({.type = FrameType::reply, .sequence = member_.applied + 1},
                              ReplyInfo{message.size()}.bytes(), message, {0, message.size()},
                              ready_);
    });
  }
  /// Merges the next stripe. False if there is none, or the run has ended.
  bool merge_stripe() {
    if (stripe_ == run_.center.stripes() || !merging_->active()) return false;
    merging_->merge(stripe_, commit_);
    ready_ = bytes_to(stripe_++);
    pause_if_relaxed();
    return true;
  }
  /// A merge that begins before its commit is complete locks the center under the connection's
  /// lock. Therefore it must not hold the center at any other time.
  void pause_if_relaxed() {
    if (run_.options.relaxed_atomicity) merging_->pause();
  }
  /// Bytes from the begin of a vector to the end of this stripe.
  std::size_t bytes_to(Index stripe) const {
    const auto& whole = run_.center.parameters();
    const auto part = run_.center.stripe(whole, stripe);
    return sizeof(S) * static_cast<std::size_t>(part.data() + part.size() - whole.data());
  }
  static void put_refusal(Connection& connection, const Refusal& refusal) {
    const auto frame = refuse_frame(refusal);
    connection.locked([&] {
      connection.writer().put({.type = FrameType::refuse},
                              std::span{frame}.subspan(frame_header_bytes));
    });
  }
  bool refuse(Connection& connection, const Refusal& refusal) {
    put_refusal(connection, refusal);
    connection.flush(Clock::now() + std::chrono::seconds{1});
    connection.close(refusal.text);
    return false;
  }
  /// A vector that the codec cannot send ends the run.
  std::span<const std::byte> encode(const Vector<S>& vector) {
    try {
      return outgoing_->encode(vector);
    } catch (const std::range_error& error) {
      run_.fail(error);
      return {};
    }
  }
  bool reply(Connection& connection, std::uint64_t sequence, const Vector<S>& vector) {
    if (run_.shared.flow() == Flow::stop) return true;  // it gets FAREWELL; the center may be NaN
    const auto message = encode(vector);
    if (run_.shared.flow() == Flow::stop) return true;
    connection.locked([&] {
      connection.writer().put({.type = FrameType::reply, .sequence = sequence},
                              ReplyInfo{message.size()}.bytes(), message,
                              part_of(message.size(), 0, lanes_->count()), message.size());
    });
    lanes_->send(sequence, message);
    return grant(connection, sequence);
  }
  /// Sends the worker's next lease, after the reply.
  bool grant(Connection& connection, std::uint64_t sequence) {
    const Grant next = next_of(sequence);
    record(next, sequence == 0 || next.next == Grant::Next::begin);
    const bool sent = finish_lanes(connection, send(connection, next));
    if (idle_) {
      keep_last_reply();
      run_.shared.leave(rank_);
    }
    return sent;
  }
  /// Others' next round may change the vector that was the reply.
  void keep_last_reply() {
    if (!last_reply_) return;
    start_ = *last_reply_;
    last_reply_ = &start_;
  }
  bool send(Connection& connection, const Grant& granted) {
    connection.locked(
        [&] { connection.writer().put_behind({.type = FrameType::grant}, granted.bytes()); });
    if (connection.flush(Clock::now() + seconds_from(run_.options.timeouts.commit_seconds)))
      return true;
    connection.close("the peer reads too slowly");
    return false;
  }
  Grant next_of(std::uint64_t sequence) {
    Grant granted = [&] {
      const std::scoped_lock book{run_.book};
      return run_.membership.grant(member_, sequence, run_.halt.stop_requested());
    }();
    granted.workers = run_.shared.workers(rank_);
    idle_ = granted.next == Grant::Next::wait;
    if (run_.options.checkpoint.empty()) return granted;
    if (granted.next == Grant::Next::begin)
      checkpointer_.make_durable();  // a new lease is written before it is sent
    std::unique_lock book{run_.book};
    const std::uint64_t kept = member_.applied - member_.durable;
    if (kept >= checkpointer_.most_kept() / 2) checkpointer_.request();
    if (kept >= checkpointer_.most_kept()) {
      book.unlock();
      checkpointer_.make_durable();
      book.lock();
    }
    granted.durable = member_.durable;
    return granted;
  }
  /// Sends a lease to a worker that waits for one, if there is one.
  void grant_if_any(Connection& connection) {
    Grant granted = next_of(0);
    if (idle_) return;
    granted.next = Grant::Next::begin;
    rejoin();
    since_ = Clock::now();
    record(granted, true);
    send(connection, granted);
  }
  /// Records the lease that is sent, with which the worker begins or goes on.
  void record(const Grant& granted, bool begins) {
    if (granted.next == Grant::Next::wait) return;
    if (begins) {
      run_.shared.record_lease(rank_, granted.lease);
    } else {
      run_.shared.record_end(rank_, granted.lease.end);
    }
  }
  /// For a worker that lost its connection while it waited: it may not have received its grant.
  void answer_grant_request(Connection& connection) {
    {
      const std::scoped_lock book{run_.book};
      idle_ = run_.membership.ledger().spent(rank_);
    }
    grant_if_any(connection);
  }

  /// The worker leaves: its work is done, or it wants to stop.
  bool part(Connection& connection, Inbox& inbox) {
    if (inbox.parting.diverged) {
      run_.fail(TrainingDiverged{inbox.parting.failure});
      return true;
    }
    if (!inbox.parting.failure.empty()) {
      run_.fail("worker " + std::to_string(rank_) + " has failed: " + inbox.parting.failure);
      return true;
    }
    run_.shared.leave(rank_);
    {
      const std::scoped_lock book{run_.book};
      member_.state = State::parting;
    }
    run_.changed.notify_all();
    if (run_.halt.stop_requested())  // then it gets the result of all workers
      connection.work_until([&] { return run_.over.load(); });
    // A worker that leaves without waiting for the answer has left, and is not lost.
    return farewell(connection, inbox) || !(run_.halt.stop_requested() || run_.over);
  }
  /// The end of the run, or of the worker's part in it. False if the connection ended before the
  /// worker confirmed it.
  bool farewell(Connection& connection, Inbox& inbox) {
    merging_.reset();
    run_.shared.leave(rank_);  // otherwise others may wait for it to the end
    run_.shared.hold_still([&] { start_ = run_.center.result(); });
    auto message = run_.shared.failure().empty() ? encode(start_) : std::span<const std::byte>{};
    const Parting parting{.failure = run_.shared.failure(), .diverged = run_.shared.diverged()};
    if (!parting.failure.empty()) {  // no codec encodes NaN
      start_.setZero();
      message = outgoing_->encode(start_);
    }
    Vector<S> late;  // a commit that was in flight
    const auto drop = [&]() -> TcpStatus {
      const auto space = incoming_->space(late, inbox.info.vector_bytes);
      if (!space) return space.error();
      inbox.commit = false;
      connection.reader().expect(*space, part_of(space->size(), 0, lanes_->count()));
      connection.set_reading(true);
      return Done{};
    };
    inbox.goodbye = false;
    const TcpStatus sent = connection.locked([&]() -> TcpStatus {
      connection.set_handler(
          [&](const FrameHeader& header, std::span<const std::byte> payload) -> TcpStatus {
            if (header.type == FrameType::chunk) return Done{};
            const TcpStatus right = receive(inbox, connection, header, payload);
            return right && inbox.commit ? drop() : right;
          });
      connection.writer().put({.type = FrameType::farewell},
                              Parting{message.size(), parting.failure, parting.diverged}.bytes(),
                              message, {0, message.size()}, message.size());
      return inbox.commit ? drop() : Done{};
    });
    if (!sent) return refuse(connection, sent.error());
    const auto known = [&] {
      return inbox.goodbye &&
             (inbox.parting.vector_bytes == message.size() || !inbox.parting.failure.empty());
    };
    connection.work_until([&] { return known() || connection.writer().idle(); },
                          Clock::now() + seconds_from(run_.options.timeouts.commit_seconds));
    return connection.work_until(known,
                                 Clock::now() + seconds_from(run_.options.timeouts.dead_seconds)) ||
           !connection.ended();
  }

  HubRun<Options, S>& run_;
  Checkpointer<Options, S>& checkpointer_;
  Membership::Member& member_;
  int rank_;
  std::shared_ptr<Connection> connection_ = {};
  std::shared_ptr<Lanes> connected_lanes_ = {};  ///< The connection's other lanes.
  std::thread thread_ = {};
  // Only the thread uses these:
  std::shared_ptr<Lanes> lanes_ = {};  ///< Lanes of the connection that it serves.
  std::unique_ptr<IncomingVectors<S>> incoming_;
  std::unique_ptr<OutgoingVectors<S>> outgoing_;
  Vector<S> commit_ = {}, start_ = {};
  const Vector<S>* last_reply_ = nullptr;  ///< For a worker that did not receive it.
  std::unique_ptr<typename SharedCenter<S>::Merging> merging_ = {};
  Index stripe_ = 0;       ///< Stripes before this one are merged.
  std::size_t ready_ = 0;  ///< Bytes of the reply that are final.
  bool started_ = false;   ///< The worker has pulled, or continues after a hub's restart.
  bool idle_ = false;      ///< The worker has no lease.
  Time since_ = {};        ///< Time of its last commit, or of its lease.
};

}  // namespace tributary::inline v0_1::detail
