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

/// A worker's end: brings commits to the hub, each exactly once, over as many connections as that
/// takes. While the worker computes, a thread keeps the connection alive and takes in what comes.
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

  /// Connects, and is known to the hub from now on. False if the worker did not want to wait for the
  /// hub any more. Throws TcpError.
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
  /// Who begins anew may have another than before.
  int rank() {
    const std::scoped_lock lock{mutex_};
    return terms_.rank;
  }
  const Lease& lease() const noexcept { return lease_; }
  /// Where it ends now; none if the next lease has come already.
  std::optional<std::uint64_t> lease_end() const {
    if (grant_.next != Grant::Next::go_on) return std::nullopt;
    return lease_.end;
  }
  /// How many there were when the last commit was merged.
  int workers() const noexcept { return grant_.workers; }
  /// Requested when the hub wants the worker to stop.
  std::stop_token stop_token() const noexcept { return halt_.get_token(); }
  std::uint64_t bytes() const { return bytes_ + connection_->bytes() + lanes_->bytes(); }
  std::uint64_t resent() const noexcept { return resent_; }

  /// The parameters to begin at; null if the run is over. They stay until the next post().
  const Vector<S>* pull() {
    const std::scoped_lock lock{mutex_};
    sequence_ = awaited_ = 0;
    kept_.clear();
    pulling_ = true;
    again_ = false;
    if (!whole_ && !plan_.ledger_of_parts) whole_ = plan_.ledger(terms_.workers);
    take({terms_.lease_share, terms_.lease_begin, terms_.lease_end});
    resume();
    return receive();
  }
  /// `commit` stays as it is until the reply is there. Throws TrainingDiverged.
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
  /// The reply, or null: the run is over, or begins again, see begins_again().
  const Vector<S>* await() {
    const std::scoped_lock lock{mutex_};
    return receive();
  }
  /// The hub had given this worker up: pull(), and take its new lease.
  bool begins_again() const noexcept { return again_; }
  /// Whether there is another lease, once one is spent: waits until that is known.
  bool next_lease() {
    const std::scoped_lock lock{mutex_};
    while (grant_.next == Grant::Next::wait) {
      const auto ready = [&] { return inbox_.grant || farewell_is_there() || is_stopped(); };
      if (wait_until(ready)) {
        if (farewell_is_there() || is_stopped()) return false;
        take_grant();
      } else if (!reconnect(options_.reconnect_seconds)) {
        return false;
      } else {
        resume();
        if (again_) return false;
        connection_->locked([&] { connection_->writer().put({.type = FrameType::grant}); });
      }
    }
    return std::exchange(grant_.next, Grant::Next::go_on) == Grant::Next::begin;
  }
  /// Leaves, or learns how the run ended: the center's parameters. Throws TcpError or TrainingDiverged
  /// if it failed.
  const Vector<S>& part(const Parting& mine = {}) {
    const std::scoped_lock lock{mutex_};
    keeper_ = {};  // joins
    quiet_since_.reset();
    lanes_->close("the worker is leaving");  // a commit under way is not wanted any more
    const auto say_goodbye = [&](const Parting& parting) {
      connection_->locked(
          [&] { connection_->writer().put({.type = FrameType::goodbye}, parting.bytes()); });
    };
    if (!mine.failure.empty()) {
      say_goodbye(mine);
      // Until the hub has read it and hangs up: who hangs up with unread bytes takes back what he sent.
      connection_->work_until([] { return false; }, soon());
      return reply_;
    }
    if (!connection_->locked([&] { return inbox_.farewell; })) say_goodbye({});
    while (!wait_until([&] { return farewell_is_there(); })) {
      if (!reconnect(options_.reconnect_seconds)) return reply_;
      resume();
      say_goodbye({});
    }
    say_goodbye({.vector_bytes = inbox_.parting.vector_bytes});
    connection_->flush(soon());
    if (inbox_.parting.diverged) throw TrainingDiverged{inbox_.parting.failure};
    if (!inbox_.parting.failure.empty())
      throw TcpError{"Tcp: the run has failed: " + inbox_.parting.failure};
    if (const TcpStatus right = final_incoming_->decode(final_); !right)
      throw TcpError{"Tcp: the final parameters: " + std::string{message(right.error())}};
    return final_;
  }
  /// The worker's own wish to stop: it does not wait for a hub that is away, nor for work, and no
  /// longer than `handshake_seconds` for the answer to a commit or a farewell; `reconnect_seconds`
  /// where the hub stops as well, and where the answer is on its way.
  void give_up_waiting() noexcept { stopped_by_user_.request_stop(); }

 private:
  struct Sent {
    std::uint64_t sequence;
    CommitInfo info;
    std::span<const std::byte> message;
    std::vector<std::byte> copy;  ///< Of the message, where it is kept for a hub that may restart.
  };
  /// What has come; changed by the connection's handler.
  struct Inbox {
    bool reply = false, grant = false, farewell = false;
    Grant granted = {};
    Parting parting = {};
    std::string refusal = {};  ///< For good: why.
    std::string words = {};  ///< Of the hub, which has refused the connection, maybe not for good.
  };

  Time soon() const { return Clock::now() + seconds_from(options_.timeouts.handshake_seconds); }
  bool keeps() const noexcept { return terms_.durable != nothing_to_keep; }
  bool reply_is_there() { return inbox_.reply && inbox_.grant; }
  bool farewell_is_there() { return inbox_.farewell && connection_->reader().complete(); }

  bool is_stopped() const noexcept { return stopped_by_user_.stop_requested(); }
  /// Until it holds. False if the connection has ended, or a stopped worker has waited long enough.
  bool wait_until(const auto& ready) {
    const auto is_tired = [&] {
      if (!is_stopped()) return false;
      const Time now = Clock::now();
      if (!patience_) patience_ = now + seconds_from(options_.reconnect_seconds);
      const bool moves = !connection_->writer().idle() || !connection_->reader().complete();
      if (moves || !quiet_since_) quiet_since_ = now;
      const bool quiet = now - *quiet_since_ >= seconds_from(options_.timeouts.handshake_seconds);
      return now >= *patience_ || (quiet && !halt_.stop_requested());
    };
    return connection_->work_until([&] { return ready() || is_tired(); }) && ready();
  }
  /// What the hub gives it to do; there has to be such work. Throws TcpError.
  void take(const Lease& lease) {
    const bool own = lease.share == terms_.rank || lease.begin == lease.end;
    const bool is_there = whole_ ? whole_->holds(lease) : own;
    if (!is_there) throw TcpError{"Tcp: the hub gives it work that is not in the run"};
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

  const Vector<S>* receive() {
    const auto leaves = [&] { return pulling_ && is_stopped(); };
    const auto ready = [&] { return reply_is_there() || farewell_is_there() || leaves(); };
    for (;;) {
      if (!resumed_) resume();
      if (again_) return nullptr;
      if (wait_until(ready)) {
        if (inbox_.farewell || leaves()) return nullptr;
        if (lanes_->finish(soon())) break;
        connection_->close("the connection of a shard is lost");
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
    wanted_.reset();
    take_grant();
    progress_ = progress_ || awaited_ != 0;
    while (!kept_.empty() && kept_.front().sequence <= grant_.durable) {
      if (keeps()) spare_.push_back(std::move(kept_.front().copy));
      kept_.pop_front();
    }
  }
  void send(const Sent& sent) {
    connection_->locked([&] {
      wanted_ = sent.sequence;
      inbox_.reply = inbox_.grant = false;
      connection_->writer().put(
          {.type = FrameType::commit, .sequence = sent.sequence}, sent.info.bytes(), sent.message,
          part_of(sent.message.size(), 0, lanes_->count()), sent.message.size());
    });
    lanes_->send(sent.sequence, sent.message);
  }
  /// After a connection was made: what the hub may have lost goes there again, then what is awaited.
  void resume() {
    if (again_) return;
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const Sent& sent = kept_[i];
      const bool last = sent.sequence == awaited_;
      if (sent.sequence <= terms_.last_applied && !last) continue;
      ++resent_;
      send(sent);
      if (last) break;
      if (!wait_until([&] { return reply_is_there() || inbox_.farewell; })) return;
      if (inbox_.farewell) break;
      if (!lanes_->finish(soon())) return connection_->close("the connection of a shard is lost");
      inbox_.reply = inbox_.grant = false;  // the worker has had that one
      progress_ = true;
    }
    if (pulling_) {
      connection_->locked([&] {
        wanted_ = 0;
        inbox_.reply = inbox_.grant = false;
        connection_->writer().put({.type = FrameType::pull});
      });
    }
    resumed_ = true;
  }

  /// Tries for so long since the hub has last taken a commit: a connection that ends before it does so
  /// is none, unless it has held for long. False if the worker wants to stop. Throws TcpError.
  bool reconnect(double seconds) {
    begin_to_try();
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
  /// A connection is lost. It begins anew to count unless it is in the same trouble still.
  void begin_to_try() {
    const bool held = connection_ && inbox_.words.empty() &&
                      Clock::now() - connected_ >= seconds_from(options_.reconnect_seconds);
    if (!std::exchange(progress_, false) && !held) return;
    connected_ = trouble_since_ = next_try_ = Clock::now();
    pause_ = 0.05;
  }
  /// Why it did not work, if trying again may help; empty if it did. Throws TcpError where it is no
  /// use.
  std::string try_to_connect(Time deadline) {
    const bool first = !has_met();
    if (!first && !inbox_.refusal.empty()) throw TcpError{"Tcp: " + inbox_.refusal};
    pause_ = std::min(2 * pause_, 2.0);
    next_try_ = Clock::now() + seconds_from(pause_ * (0.5 + 0.5 * uniform(jitter_)));
    offer_.acknowledged = again_ ? 0 : sequence_ - (awaited_ != 0);
    offer_.merges = grant_.merges;
    Greeting made = greet(offer_, deadline, [this](auto&... frame) { return handle(frame...); });
    auto lanes = std::make_unique<Lanes>(made.terms.shards);
    for (std::uint16_t shard = 1; shard < made.terms.shards && made.why.empty(); ++shard) {
      Offer offer = offer_;
      offer.run_id = made.terms.run_id;
      offer.session = made.terms.session;
      offer.shard = shard;
      Greeting more = greet(offer, deadline, [](Connection&, auto&... frame) {
        return Lanes::take_chunks(frame...);
      });
      made.why = std::move(more.why);
      if (made.why.empty() && !lanes->add(shard, std::move(more.connection)))
        made.why = no_hub("there is no thread for a shard");
    }
    if (!made.why.empty()) return made.why;

    made.connection->locked([&] { made.connection->set_pauses(polling_time(1)); });
    if (connection_) bytes_ += connection_->bytes() + lanes_->bytes();
    lanes_ = std::move(lanes);
    connection_ = std::move(made.connection);
    const Terms before = std::exchange(terms_, made.terms);
    again_ = again_ || (!first && terms_.fresh);  // until it pulls
    resumed_ = false;
    offer_.run_id = terms_.run_id;
    connected_ = Clock::now();
    if (!first &&
        ((terms_.rank != before.rank && !terms_.fresh) || terms_.workers != before.workers ||
         keeps() != (before.durable != nothing_to_keep)))
      throw TcpError{"Tcp: the hub took this worker for another"};
    return {};
  }
  /// A connection that is through its handshake, or why there is none if trying again may help.
  struct Greeting {
    std::shared_ptr<Connection> connection = {};
    Terms terms = {};
    std::string why = {};
  };
  /// `after` gets the frames that come then. Throws TcpError.
  Greeting greet(const Offer& offer, Time deadline, auto after) {
    error_code error;
    std::unique_ptr<ByteStream> stream = open_at_worker(
        options_, connect(context_, address_, deadline, error, stopped_by_user_.get_token()));
    if (!stream && !has_met()) {  // later, a hub that is started again may cure it
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
        [=](const FrameHeader& header, std::span<const std::byte> payload) -> TcpStatus {
          if (handshake->done()) return after(*here, header, payload);
          auto answer = handshake->received(header, payload);
          if (!answer) {
            *refusal = answer.error();
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
    if (refused && !may_pass(refused->code))
      throw TcpError{"Tcp: " + refused_by_hub() + refused->text};
    if (connection->refused())
      throw TcpError{"Tcp: cannot talk to the hub at " + options_.address + ": " +
                     connection->failure()};
    if (!done || !handshake->done()) {
      connection->close("it did not answer in time");
      return {.why = refused ? refused_by_hub() + refused->text : no_hub(connection->failure())};
    }
    return {std::move(connection), handshake->terms()};
  }
  /// A refusal that may end by itself: others leave, a byte may have flipped on its way, and the hub may
  /// have lost the first connection before a further one came.
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
  std::string no_hub(const std::string& why) const {
    return "no hub at " + options_.address + ": " + why;
  }
  /// Of a connection that has ended, the hub's own words if it had any.
  std::string why_lost() const {
    if (!connection_) return {};
    return inbox_.words.empty() ? no_hub(connection_->failure()) : inbox_.words;
  }
  /// What is wrong with a frame that came as it was sent is wrong with each that the hub sends.
  TcpStatus handle(Connection& connection, const FrameHeader& header,
                   std::span<const std::byte> payload) {
    const TcpStatus right = put_in(connection, header, payload);
    if (right || header.type == FrameType::refuse) return right;
    inbox_.refusal = "a message of the hub at " + options_.address +
                     " is wrong: " + std::string{message(right.error())};
    return right;
  }
  TcpStatus put_in(Connection& connection, const FrameHeader& header,
                   std::span<const std::byte> payload) {
    switch (header.type) {
      case FrameType::reply: {
        const auto info = ReplyInfo::read(payload);
        if (!info) return info.error();
        if (inbox_.reply || inbox_.farewell || !wanted_ || header.sequence != *wanted_)
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
        inbox_.words = refused_by_hub() + refusal.text;
        if (!may_pass(refusal.code)) inbox_.refusal = inbox_.words;
        return refusal.code;
      }
      case FrameType::chunk:
        if (inbox_.farewell) return Done{};
        return incoming_->check(reply_, connection.reader().received());
      default:
        return TcpErrc::unexpected_message;
    }
  }
  /// While the worker computes: pings, what comes in, and a new connection where one is lost, so that
  /// the hub does not give the worker up.
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
      begin_to_try();
      if (Clock::now() < next_try_ || is_stopped()) continue;
      try {
        try_to_connect(Clock::now() + seconds_from(options_.timeouts.handshake_seconds));
      } catch (const std::exception& error) {
        inbox_.refusal = error.what();  // the worker meets it at its next post
      }
    }
  }

  const Options& options_;
  const RunPlan& plan_;
  std::optional<Ledger> whole_;  ///< All the work, to hold leases against, where it is known here.
  Address address_;
  asio::io_context context_;
  Offer offer_;
  Rng jitter_;
  Terms terms_ = {};
  std::mutex mutex_;  ///< Held by whoever does something with the link.
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<Lanes> lanes_;
  Inbox inbox_;
  std::stop_source halt_;
  std::stop_source stopped_by_user_;
  std::optional<Time> patience_;     ///< Until when a stopped worker waits for answers,
  std::optional<Time> quiet_since_;  ///< and since when none is on its way.

  bool progress_ = true;  ///< Since trouble began the hub has taken a commit.
  Time trouble_since_ = {}, next_try_ = {}, connected_ = {};
  double pause_ = 0.05;  ///< Before the next try.

  std::uint64_t sequence_ = 0;           ///< Of the last commit.
  std::uint64_t awaited_ = 0;            ///< Whose reply is not there; 0 if none.
  std::optional<std::uint64_t> wanted_;  ///< Whose reply may come on this connection, if one may.
  bool pulling_ = false, resumed_ = false, again_ = false;
  std::deque<Sent> kept_;  ///< Commits that the hub may ask for again, and the last one.
  std::vector<std::vector<std::byte>> spare_;  ///< Memory of earlier ones.
  std::unique_ptr<OutgoingVectors<S>> outgoing_;
  std::unique_ptr<IncomingVectors<S>> incoming_, final_incoming_;
  Vector<S> reply_, final_;
  Grant grant_ = {};
  Lease lease_ = {};
  std::uint64_t bytes_ = 0, resent_ = 0;
  std::jthread keeper_;
};

}  // namespace tributary::inline v0_1::detail
