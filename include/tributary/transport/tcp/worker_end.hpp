// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
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
#include <tributary/core/are_finite.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/start_thread.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/ledger.hpp>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/frames.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/lanes.hpp>
#include <tributary/transport/tcp/messages.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/secret.hpp>
#include <tributary/transport/tcp/secret.ipp>
#include <tributary/transport/tcp/socket.hpp>
#include <tributary/transport/tcp/vectors.hpp>
#include <tributary/transport/transport.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// A worker's end: sends each commit to the hub exactly once, and reconnects when a connection
/// breaks. While the worker computes, a thread keeps the connection alive and receives messages.
template <class Options, Real S>
class WorkerEnd {
 public:
  /// `plan` must outlive this.
  WorkerEnd(const Options& options, const Codecs<S>& codecs, Address address, const RunPlan& plan,
            const Vector<S>& initial, int wanted_rank)
      : options_{options},
        plan_{plan},
        address_{std::move(address)},
        offer_{.worker_id = random_number(),
               .wanted_rank = wanted_rank,
               .fingerprint = plan.fingerprint},
        jitter_{offer_.worker_id},
        outgoing_{codecs.commits.make_outgoing(initial)},
        incoming_{codecs.replies.make_incoming(initial)},
        final_incoming_{codecs.replies.make_incoming(initial)},
        reply_{initial} {}
  WorkerEnd(WorkerEnd&&) = delete;

  /// Connects and registers with the hub. False if the worker was stopped before. Throws TcpError.
  bool meet() {
    const std::scoped_lock lock{mutex_};
    if (!reconnect(options_.join_seconds)) return false;
    progress_ = true;
    keeper_ = start_thread("the connection to the hub",
                           [this](std::stop_token stop) { keep(std::move(stop)); });
    return true;
  }
  bool has_met() const noexcept { return terms_.session != 0; }
  const Terms& terms() const noexcept { return terms_; }
  /// The rank; a worker that starts again may get another one.
  int rank() {
    const std::scoped_lock lock{mutex_};
    return terms_.rank;
  }
  const Lease& lease() const noexcept { return lease_; }
  /// The current end of the lease; nothing if the next lease has arrived already.
  std::optional<std::uint64_t> lease_end() const {
    if (grant_.next != Grant::Next::go_on) return std::nullopt;
    return lease_.end;
  }
  /// The number of workers when the last commit was merged.
  int workers() const noexcept { return grant_.workers; }
  /// A stop is requested when the hub asks the worker to stop.
  std::stop_token stop_token() const noexcept { return halt_.get_token(); }
  std::uint64_t bytes() const { return bytes_ + connection_->bytes() + lanes_->bytes(); }
  std::uint64_t resent() const noexcept { return resent_; }

  /// The parameters to begin at; null if the run is over. They are valid until the next post().
  const Vector<S>* pull() {
    const std::scoped_lock lock{mutex_};
    sequence_ = awaited_ = 0;
    kept_.clear();
    begins_again_ = false;
    if (!whole_ && !plan_.ledger_of_parts) whole_ = plan_.ledger(terms_.workers);
    take({terms_.lease_share, terms_.lease_begin, terms_.lease_end});
    return pull_and_receive();
  }
  /// Sends a commit, which must not change until the reply has arrived. Throws TrainingDiverged.
  void post(const CommitHeader& header, const Vector<S>& commit) {
    if (!are_finite(commit.data(), commit.size()))
      throw TrainingDiverged{"training diverged: worker " + std::to_string(rank()) +
                             " is at NaN or infinity after its last " +
                             std::to_string(header.steps) +
                             " steps; try a smaller learning_rate or period"};
    const std::scoped_lock lock{mutex_};
    const auto message = outgoing_->encode(commit);
    Sent next{++sequence_,
              {.vector_bytes = message.size(),
               .steps = static_cast<std::uint32_t>(header.steps),
               .events = header.events,
               .loss_sum = header.loss_sum,
               .hits = header.hits},
              message,
              {}};
    if (keeps()) {
      if (!spare_.empty()) {
        next.copy = std::move(spare_.back());
        spare_.pop_back();
      }
      next.copy.assign(next.message.begin(), next.message.end());
      next.message = next.copy;
    } else {
      kept_.clear();
    }
    kept_.push_back(std::move(next));
    awaited_ = sequence_;
    if (resumed_) {
      send(kept_.back());
      wait_until([&] { return connection_->writer().idle(); });
    }
  }
  /// Waits for the reply. Null if the run is over or the worker starts again, see begins_again().
  const Vector<S>* await() {
    const std::scoped_lock lock{mutex_};
    return receive();
  }
  /// The hub had given this worker up: call pull(), and take the new lease.
  bool begins_again() const noexcept { return begins_again_; }
  /// Whether the reply to the last commit has brought another lease, after one is spent.
  bool next_lease() noexcept {
    if (grant_.next != Grant::Next::begin) return false;
    grant_.next = Grant::Next::go_on;
    return true;
  }
  /// The hub has no lease for this worker at the moment, and the run goes on.
  bool waits() const noexcept {
    return grant_.next == Grant::Next::wait && !halt_.stop_requested();
  }
  /// Waits for another lease. Returns the parameters to begin at, because the center has moved on;
  /// null if the run is over or the worker starts again, see begins_again().
  const Vector<S>* pull_next() {
    const std::scoped_lock lock{mutex_};
    const auto ready = [&] { return inbox_.grant || farewell_is_there() || is_stopped(); };
    while (grant_.next == Grant::Next::wait) {
      if (wait_until(ready)) {
        if (farewell_is_there() || is_stopped()) return nullptr;
        take_grant();
      } else if (!reconnect(options_.reconnect_seconds)) {
        return nullptr;
      } else {
        resume();
        if (begins_again_) return nullptr;
        connection_->locked([&] { connection_->writer().put({.type = FrameType::grant}); });
      }
    }
    return pull_and_receive();
  }
  /// Leaves the run, or gets its result: the center's parameters. Throws TcpError or
  /// TrainingDiverged if the run failed.
  const Vector<S>& part(const Parting& mine = {}) {
    const std::scoped_lock lock{mutex_};
    keeper_ = {};  // joins
    quiet_since_.reset();
    lanes_->close("the worker is leaving");  // a commit in flight is not needed any more
    const auto say_goodbye = [&](const Parting& parting) {
      connection_->locked(
          [&] { connection_->writer().put({.type = FrameType::goodbye}, parting.bytes()); });
    };
    if (!mine.failure.empty()) {
      say_goodbye(mine);
      // Wait until the hub has read it and closes: a close with unread bytes would discard it.
      connection_->work_until([] { return false; }, short_deadline());
      return reply_;
    }
    if (!connection_->locked([&] { return inbox_.farewell; })) say_goodbye({});
    while (!wait_until([&] { return farewell_is_there(); })) {
      if (!reconnect(options_.reconnect_seconds)) return reply_;
      resume();
      say_goodbye({});
    }
    say_goodbye({.vector_bytes = inbox_.parting.vector_bytes});
    connection_->flush(short_deadline());
    if (inbox_.parting.diverged) throw TrainingDiverged{inbox_.parting.failure};
    if (!inbox_.parting.failure.empty())
      throw TcpError{"Tcp: the run has failed: " + inbox_.parting.failure};
    if (const TcpStatus right = final_incoming_->decode(final_); !right)
      throw TcpError{"Tcp: the final parameters: " + std::string{message(right.error())}};
    return final_;
  }
  /// The user stops this worker: it does not wait for a lost hub, nor for work. It waits at most
  /// `handshake_seconds` for the reply to a commit or for a farewell; if the hub stops as well, or
  /// the reply is being received, it waits for `reconnect_seconds`.
  void give_up_waiting() noexcept { stopped_by_user_.request_stop(); }

 private:
  struct Sent {
    std::uint64_t sequence;
    CommitInfo info;
    std::span<const std::byte> message;
    std::vector<std::byte> copy;  ///< Copy of the message, if it is kept for a restarted hub.
  };
  /// Received messages; written by the connection's handler.
  struct Inbox {
    bool reply = false, grant = false, farewell = false;
    Grant granted = {};
    Parting parting = {};
    std::string refusal = {};       ///< Reason of a permanent refusal.
    std::string refusal_text = {};  ///< Reason of any refusal by the hub.
  };

  Time short_deadline() const {
    return Clock::now() + seconds_from(options_.timeouts.handshake_seconds);
  }
  bool keeps() const noexcept { return terms_.durable != nothing_to_keep; }
  bool reply_is_there() { return inbox_.reply && inbox_.grant; }
  bool farewell_is_there() { return inbox_.farewell && connection_->reader().complete(); }

  bool is_stopped() const noexcept { return stopped_by_user_.stop_requested(); }
  /// Waits until ready(). False if the connection has ended, or a stopped worker has waited long
  /// enough.
  bool wait_until(const auto& ready) {
    const auto gives_up = [&] {
      if (!is_stopped()) return false;
      const Time now = Clock::now();
      if (!patience_) patience_ = now + seconds_from(options_.reconnect_seconds);
      const bool moves = !connection_->writer().idle() || !connection_->reader().complete();
      if (moves || !quiet_since_) quiet_since_ = now;
      const bool quiet = now - *quiet_since_ >= seconds_from(options_.timeouts.handshake_seconds);
      return now >= *patience_ || (quiet && !halt_.stop_requested());
    };
    return connection_->work_until([&] { return ready() || gives_up(); }) && ready();
  }
  /// Takes a lease of the hub, after a check that such work exists. Throws TcpError.
  void take(const Lease& lease) {
    const bool own = lease.share == terms_.rank || lease.begin == lease.end;
    const bool is_there = whole_ ? whole_->holds(lease) : own;
    if (!is_there) throw TcpError{"Tcp: the hub's lease is not part of the run"};
    lease_ = lease;
  }
  void take_grant() {
    const Grant granted = inbox_.granted;
    inbox_.grant = false;
    if (granted.workers > terms_.workers ||
        (whole_ && granted.next == Grant::Next::go_on && granted.lease.share != lease_.share))
      throw TcpError{"Tcp: the hub's lease does not fit the run"};
    take(granted.lease);
    grant_ = granted;
  }

  void send_pull() {
    connection_->locked([&] {
      expected_reply_ = 0;
      inbox_.reply = inbox_.grant = false;
      connection_->writer().put({.type = FrameType::pull});
    });
  }
  const Vector<S>* pull_and_receive() {
    pulling_ = true;
    if (resumed_) send_pull();
    return receive();
  }
  const Vector<S>* receive() {
    const auto leaves = [&] { return pulling_ && is_stopped(); };
    const auto ready = [&] { return reply_is_there() || farewell_is_there() || leaves(); };
    for (;;) {
      if (!resumed_) resume();
      if (begins_again_) return nullptr;
      if (wait_until(ready)) {
        if (inbox_.farewell || leaves()) return nullptr;
        if (lanes_->finish(short_deadline())) break;
        connection_->close("another connection of this worker is lost");
      }
      if (!reconnect(options_.reconnect_seconds)) return nullptr;
    }
    take_reply();
    awaited_ = 0;
    pulling_ = false;
    return &reply_;
  }
  void take_reply() {
    if (const TcpStatus right = incoming_->decode(reply_); !right)
      throw TcpError{"Tcp: the hub's parameters: " + std::string{message(right.error())}};
    inbox_.reply = false;
    expected_reply_.reset();
    take_grant();
    progress_ = progress_ || awaited_ != 0;
    while (!kept_.empty() && kept_.front().sequence <= grant_.durable) {
      if (keeps()) spare_.push_back(std::move(kept_.front().copy));
      kept_.pop_front();
    }
  }
  void send(const Sent& sent) {
    connection_->locked([&] {
      expected_reply_ = sent.sequence;
      inbox_.reply = inbox_.grant = false;
      connection_->writer().put(
          {.type = FrameType::commit, .sequence = sent.sequence}, sent.info.bytes(), sent.message,
          part_of(sent.message.size(), 0, lanes_->count()), sent.message.size());
    });
    lanes_->send(sent.sequence, sent.message);
  }
  /// After a reconnect: sends the commits again that the hub may have lost, and then the awaited
  /// one.
  void resume() {
    if (begins_again_) return;
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const Sent& sent = kept_[i];
      const bool last = sent.sequence == awaited_;
      if (sent.sequence <= terms_.last_applied && !last) continue;
      ++resent_;
      send(sent);
      if (last) break;
      if (!wait_until([&] { return reply_is_there() || inbox_.farewell; })) return;
      if (inbox_.farewell) break;
      if (!lanes_->finish(short_deadline()))
        return connection_->close("another connection of this worker is lost");
      inbox_.reply = inbox_.grant = false;  // the worker has received this reply before
      progress_ = true;
    }
    if (pulling_) send_pull();
    resumed_ = true;
  }

  /// Tries to reconnect for this time since the hub has last accepted a commit. A connection that
  /// ends before a commit is accepted does not count, unless it has lasted long. False if the
  /// worker is stopped. Throws TcpError.
  bool reconnect(double seconds) {
    start_retrying();
    const Time deadline = trouble_since_ + seconds_from(seconds);
    std::string why = why_lost();
    for (;;) {
      if (next_try_ >= deadline && !is_stopped()) throw TcpError{"Tcp: " + why};
      while (Clock::now() < next_try_ && !is_stopped())
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
      if (is_stopped()) return false;
      why = try_to_connect(deadline);
      if (why.empty()) return true;
    }
  }
  /// A connection is lost. Starts the time for retries again, unless the last problem persists.
  void start_retrying() {
    const bool held = connection_ && inbox_.refusal_text.empty() &&
                      Clock::now() - connected_ >= seconds_from(options_.reconnect_seconds);
    if (!std::exchange(progress_, false) && !held) return;
    connected_ = trouble_since_ = next_try_ = Clock::now();
    pause_ = 0.05;
  }
  /// Returns an empty text on success, or the reason of a failure that another try may solve.
  /// Throws TcpError for other failures.
  std::string try_to_connect(Time deadline) {
    const bool first = !has_met();
    if (!first && !inbox_.refusal.empty()) throw TcpError{"Tcp: " + inbox_.refusal};
    pause_ = std::min(2 * pause_, 2.0);
    next_try_ = Clock::now() + seconds_from(pause_ * (0.5 + 0.5 * uniform(jitter_)));
    offer_.acknowledged = begins_again_ ? 0 : sequence_ - (awaited_ != 0);
    offer_.merges = grant_.merges;
    Opened made =
        open_connection(offer_, deadline, [this](auto&... frame) { return handle(frame...); });
    auto lanes = std::make_unique<Lanes>(made.terms.shards);
    for (std::uint16_t shard = 1; shard < made.terms.shards && made.why.empty(); ++shard) {
      Offer offer = offer_;
      offer.run_id = made.terms.run_id;
      offer.session = made.terms.session;
      offer.shard = shard;
      Opened more = open_connection(offer, deadline, [](Connection&, auto&... frame) {
        return Lanes::take_chunks(frame...);
      });
      made.why = std::move(more.why);
      if (made.why.empty() && !lanes->add(shard, std::move(more.connection)))
        made.why = no_hub("cannot start a thread for a further connection");
    }
    if (!made.why.empty()) return made.why;

    made.connection->locked([&] { made.connection->set_pauses(polling_time(1)); });
    if (connection_) bytes_ += connection_->bytes() + lanes_->bytes();
    lanes_ = std::move(lanes);
    connection_ = std::move(made.connection);
    const Terms before = std::exchange(terms_, made.terms);
    begins_again_ = begins_again_ || (!first && terms_.fresh);  // until pull()
    resumed_ = false;
    offer_.run_id = terms_.run_id;
    connected_ = Clock::now();
    if (!first &&
        ((terms_.rank != before.rank && !terms_.fresh) || terms_.workers != before.workers ||
         keeps() != (before.durable != nothing_to_keep)))
      throw TcpError{"Tcp: the hub confused this worker with another one"};
    return {};
  }
  /// A connection after its handshake, or the reason of a failure that another try may solve.
  struct Opened {
    std::shared_ptr<Connection> connection = {};
    Terms terms = {};
    std::string why = {};
  };
  /// Connects and shakes hands. `after` gets the later frames. Throws TcpError.
  Opened open_connection(const Offer& offer, Time deadline, auto after) {
    error_code error;
    std::unique_ptr<ByteStream> stream = open_at_worker(
        options_, connect(context_, address_, deadline, error, stopped_by_user_.get_token()));
    if (!stream && !has_met()) {  // later, a restarted hub may solve it
      if (!address_.obstacle().empty()) throw TcpError{address_.obstacle()};
      if (address_.is_path() &&
          (error == asio::error::access_denied || error == boost::system::errc::not_a_directory))
        throw TcpError{"Tcp: " + no_hub(error.message())};
    }
    if (!stream) return {.why = no_hub(error.message())};
    if (offer.shard == 0) inbox_ = {};
    auto connection = std::make_shared<Connection>(std::move(stream), options_.timeouts,
                                                   options_.chunk_bytes, max_handshake_bytes);
    const auto handshake = std::make_shared<WorkerHandshake>(options_.secret, offer);
    const auto refusal = std::make_shared<std::optional<Refusal>>();
    Connection* const here = connection.get();
    connection->set_handler(
        [=, this](const FrameHeader& header, std::span<const std::byte> payload) -> TcpStatus {
          if (handshake->done()) return after(*here, header, payload);
          auto answer = handshake->received(header, payload);
          if (!answer) {
            *refusal = answer.error();
            (*refusal)->text.insert(
                0, header.type == FrameType::refuse ? refused_by_hub() : refused_by_worker());
            return answer.error().code;
          }
          here->writer().put_bytes(*answer);
          if (handshake->done()) {
            here->reader().set_session(handshake->terms().session);
            here->writer().set_session(handshake->terms().session);
            here->start_pings();
          }
          return Done{};
        });
    connection->writer().put_bytes(handshake->hello());
    const bool done = connection->work_until(
        [&] { return (handshake->done() && connection->writer().idle()) || is_stopped(); },
        std::min(deadline, Clock::now() + seconds_from(options_.timeouts.dead_seconds)));
    const std::optional<Refusal>& refused = *refusal;
    if (refused && !may_pass(refused->code)) throw TcpError{"Tcp: " + refused->text};
    if (connection->refused())
      throw TcpError{"Tcp: cannot communicate with the hub at " + options_.address + ": " +
                     connection->failure()};
    if (!done || !handshake->done()) {
      connection->close("it did not answer in time");
      return {.why = refused ? refused->text : no_hub(connection->failure())};
    }
    return {std::move(connection), handshake->terms()};
  }
  /// Whether the reason of a refusal is temporary: others leave, a byte was damaged, or the hub has
  /// lost the first connection before another lane connected.
  static bool may_pass(TcpErrc code) {
    switch (code) {
      case TcpErrc::duplicate_worker:
      case TcpErrc::no_room:
      case TcpErrc::too_slow:
      case TcpErrc::wrong_header_checksum:
      case TcpErrc::wrong_payload_checksum:
      case TcpErrc::wrong_session:
        return true;
      default:
        return false;
    }
  }

  std::string refused_by_hub() const {
    return "the hub at " + options_.address + " has refused this worker: ";
  }
  std::string refused_by_worker() const {
    return "this worker has refused the hub at " + options_.address + ": ";
  }
  std::string no_hub(const std::string& why) const {
    return "no hub at " + options_.address + ": " + why;
  }
  /// The reason why the connection has ended: the hub's refusal, if there was one.
  std::string why_lost() const {
    if (!connection_) return {};
    return inbox_.refusal_text.empty() ? no_hub(connection_->failure()) : inbox_.refusal_text;
  }
  /// An error in an undamaged frame is permanent, because the hub would send it again.
  TcpStatus handle(Connection& connection, const FrameHeader& header,
                   std::span<const std::byte> payload) {
    const TcpStatus right = receive_frame(connection, header, payload);
    if (right || header.type == FrameType::refuse) return right;
    inbox_.refusal = "a message of the hub at " + options_.address +
                     " is wrong: " + std::string{message(right.error())};
    return right;
  }
  TcpStatus receive_frame(Connection& connection, const FrameHeader& header,
                          std::span<const std::byte> payload) {
    switch (header.type) {
      case FrameType::reply: {
        const auto info = ReplyInfo::read(payload);
        if (!info) return info.error();
        if (inbox_.reply || inbox_.farewell || !expected_reply_ ||
            header.sequence != *expected_reply_)
          return TcpErrc::unexpected_message;
        const auto space = incoming_->space(reply_, info->vector_bytes);
        if (!space) return space.error();
        inbox_.reply = true;
        connection.reader().expect(*space, part_of(space->size(), 0, lanes_->count()));
        lanes_->receive(*space);
        return Done{};
      }
      case FrameType::grant: {
        const auto grant = Grant::read(payload);
        if (!grant) return grant.error();
        if (inbox_.grant || inbox_.farewell || !connection.reader().complete())
          return TcpErrc::unexpected_message;
        inbox_.granted = *grant;
        inbox_.grant = true;
        return Done{};
      }
      case FrameType::farewell: {
        const auto parting = Parting::read(payload);
        if (!parting) return parting.error();
        if (inbox_.farewell) return TcpErrc::unexpected_message;
        const auto space = final_incoming_->space(final_, parting->vector_bytes);
        if (!space) return space.error();
        connection.reader().expect(*space, {0, space->size()});
        inbox_.parting = *parting;
        inbox_.farewell = true;
        halt_.request_stop();
        return Done{};
      }
      case FrameType::stop:
        halt_.request_stop();
        return Done{};
      case FrameType::refuse: {
        const Refusal refusal = read_refusal(payload);
        inbox_.refusal_text = refused_by_hub() + refusal.text;
        if (!may_pass(refusal.code)) inbox_.refusal = inbox_.refusal_text;
        return refusal.code;
      }
      case FrameType::chunk:
        if (inbox_.farewell) return Done{};
        return incoming_->check(reply_, connection.reader().received());
      default:
        return TcpErrc::unexpected_message;
    }
  }
  /// While the worker computes: sends pings, receives messages, and reconnects, so that the hub
  /// does not give the worker up.
  void keep(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any ended;
    for (;;) {
      std::unique_lock until{mutex};
      ended.wait_for(until, stop, std::chrono::milliseconds{50}, [] { return false; });
      if (stop.stop_requested()) return;
      const std::unique_lock lock{mutex_, std::try_to_lock};
      if (!lock) continue;
      connection_->tend(true);
      if (!connection_->ended() || inbox_.farewell || !inbox_.refusal.empty()) continue;
      start_retrying();
      if (Clock::now() < next_try_ || is_stopped()) continue;
      try {
        try_to_connect(Clock::now() + seconds_from(options_.timeouts.handshake_seconds));
      } catch (const std::exception& error) {
        inbox_.refusal = error.what();  // the worker's next post() reports it
      }
    }
  }

  const Options& options_;
  const RunPlan& plan_;
  std::optional<Ledger> whole_;  ///< All work, to check leases, if it is known here.
  Address address_;
  asio::io_context context_;
  Offer offer_;
  Rng jitter_;
  Terms terms_ = {};
  std::mutex mutex_;  ///< Held by the thread that uses the link.
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<Lanes> lanes_;
  Inbox inbox_;
  std::stop_source halt_;
  std::stop_source stopped_by_user_;
  std::optional<Time> patience_;     ///< The time until which a stopped worker waits for answers,
  std::optional<Time> quiet_since_;  ///< and since which none is being received.

  bool progress_ = true;  ///< The hub has accepted a commit since the last problem.
  Time trouble_since_ = {}, next_try_ = {}, connected_ = {};
  double pause_ = 0.05;  ///< Before the next try.

  std::uint64_t sequence_ = 0;  ///< Sequence of the last commit.
  std::uint64_t awaited_ = 0;   ///< Sequence of the commit without a reply; 0 if none.
  std::optional<std::uint64_t> expected_reply_;  ///< Sequence of the reply that may arrive now.
  bool pulling_ = false, resumed_ = false, begins_again_ = false;
  std::deque<Sent> kept_;  ///< Commits that the hub may ask for again, and the last one.
  std::vector<std::vector<std::byte>> spare_;  ///< Unused memory of earlier ones.
  std::unique_ptr<OutgoingVectors<S>> outgoing_;
  std::unique_ptr<IncomingVectors<S>> incoming_, final_incoming_;
  Vector<S> reply_, final_;
  Grant grant_ = {};
  Lease lease_ = {};
  std::uint64_t bytes_ = 0, resent_ = 0;
  std::jthread keeper_;
};

}  // namespace tributary::inline v0_1::detail
