#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <tributary/center/any_center.hpp>
#include <tributary/core/are_finite.hpp>
#include <tributary/core/file.hpp>
#include <tributary/core/flush_denormals.hpp>
#include <tributary/core/start_thread.hpp>
#include <tributary/core/state.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/transport/checkpoint.hpp>
#include <tributary/transport/detail/run_worker.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/detail/shared_center.hpp>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/door.hpp>
#include <tributary/transport/tcp/messages.hpp>
#include <tributary/transport/tcp/roster.hpp>
#include <tributary/transport/tcp/shards.hpp>
#include <tributary/transport/tcp/staging.hpp>
#include <tributary/transport/tcp/vectors.hpp>
#include <tributary/transport/transport.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

namespace tributary::detail {

/// The center's end: the shared center, and for each worker a seat, with a thread that posts there what
/// comes from afar. The worker of a seat may change its connection, and a seat its worker.
///
/// Locks are taken in this order: the shared center's, the book's, a connection's.
template <class Settings, Real S>
class TcpHub {
 public:
  TcpHub(const Settings& settings, const Codecs<S>& codecs, const RunPlan& plan, Acceptor& acceptor,
         AnyCenter<S>& center)
      : settings_{settings},
        codecs_{codecs},
        fingerprint_{plan.fingerprint},
        center_{center},
        shared_{center, settings.workers,
                [this](const CommitHeader& header) { book_merge(header); }},
        roster_{settings, plan},
        staging_{most_staged()},
        door_{acceptor, settings, *this} {
    for (Roster::Member& member : roster_.members())
      seats_.emplace_back(member, codecs_, center.parameters());
    if (!settings_.checkpoint.empty()) {
      lock_checkpoint();
      resume();
    }
    for (int rank = 0; rank < settings_.local_workers; ++rank) roster_.ledger().begin(rank);
    begun_ = roster_.begun();
  }

  Delivery run(std::span<AnyWorker<S>* const> local, std::stop_token stop) {
    {
      std::vector<std::jthread> threads;
      std::jthread teller, door, keeper;
      try {
        teller = start_thread("the hub's notices",
                              [&](const std::stop_token& end) { tell_refusals(end); });
        start_restored();
        door =
            start_thread("the hub's listener", [&](const std::stop_token& end) { keep_door(end); });
        keeper = start_thread("the hub's checkpoints",
                              [&](const std::stop_token& end) { keep_checkpoints(end); });
        for (AnyWorker<S>* const worker : local) {
          if (shared_.flow() == Flow::stop) break;
          threads.push_back(start_thread("worker " + std::to_string(worker->rank()),
                                         [this, worker] { live(*worker); }));
        }
        supervise(stop);
      } catch (...) {  // no more threads to be had: those that run must not wait for the others
        shared_.fail(std::current_exception());
      }
      end();
      if (!halt_.stop_requested()) halted_ = ended_;
      halt_.request_stop();
      threads.clear();  // joins
      see_off();
    }
    for (Seat& seat : seats_) {  // which nobody takes any more
      if (seat.thread.joinable()) seat.thread.join();
    }
    write_last_checkpoint();
    shared_.finish();
    return {.seconds = shared_.seconds(),
            .bytes = bytes_,
            .resent = resent_,
            .lost = lost_,
            .lost_commits = roster_.missing_commits(),
            .lost_steps = lost_steps_,
            .fingerprint = roster_.fingerprint()};
  }

  // What the door asks for.

  Result<Terms, Refusal> admit(const Offer& offer) {
    const std::scoped_lock book{book_};
    return roster_.admit(offer, over_);
  }
  /// Its worker may have been given up meanwhile.
  void taken(std::uint64_t session, std::uint16_t shard, std::shared_ptr<Connection> connection) {
    if (shard > 0) return taken_as_shard(session, shard, connection);
    auto shards = std::make_shared<Shards>(settings_.shards);
    std::string failure = "its place is another's now";
    {
      const std::scoped_lock book{book_};
      Roster::Member* const member = roster_.of_session(session);
      if (member && member->place == Place::expected) {
        Seat& seat = seat_of(*member);
        failure = member->served ? "" : start(seat);
        if (failure.empty()) {
          member->place = Place::present;
          last_trouble_.clear();
          seat.connection = connection;
          seat.shards.swap(shards);
        } else {
          roster_.left(*member);
          last_trouble_ = "refused worker " + std::to_string(seat.rank) + ": " + failure;
          tell(last_trouble_);
        }
      }
    }
    book_changed_.notify_all();
    if (!failure.empty()) turn_away(*connection, {Errc::no_room, failure});
  }
  void left(std::uint64_t session, std::uint16_t shard) {
    if (shard > 0) return;
    const std::scoped_lock book{book_};
    if (Roster::Member* const member = roster_.of_session(session)) roster_.left(*member);
  }
  void refused(const std::string& peer, const Refusal& refusal) {
    const std::scoped_lock book{book_};
    const std::string what = "refused " + peer + ": " + refusal.text;
    switch (refusal.code) {
      case Errc::too_slow:
      case Errc::wrong_magic:
        break;
      case Errc::different_settings:
      case Errc::wrong_rank:
      case Errc::duplicate_worker:
      case Errc::no_room:
        last_trouble_ = what;
        break;
      default:  // perhaps a stranger
        if (last_trouble_.empty()) last_trouble_ = what;
    }
    tell(what);
  }
  void cannot_accept(const std::string& why) {
    const std::scoped_lock book{book_};
    tell("no connection can be accepted just now: " + why);
  }
  /// Pings for those whose threads are busy otherwise.
  void tend() {
    const std::scoped_lock book{book_};
    for (Seat& seat : seats_) {
      if (seat.connection) seat.connection->tend(false);
    }
  }

 private:
  using Place = Roster::Place;
  struct Seat {
    Seat(Roster::Member& who, const Codecs<S>& codecs, const Vector<S>& initial)
        : member{who},
          rank{who.rank},
          incoming{codecs.commits.make_incoming(initial)},
          outgoing{codecs.replies.make_outgoing(initial)} {}

    Roster::Member& member;
    int rank;
    std::shared_ptr<Connection> connection = {};
    std::shared_ptr<Shards> shards = {};  ///< Of the connection.
    std::thread thread = {};
    // The thread's own:
    std::shared_ptr<Shards> lanes = {};  ///< The shards of the connection that it serves.
    std::unique_ptr<IncomingVectors<S>> incoming;
    std::unique_ptr<OutgoingVectors<S>> outgoing;
    Vector<S> commit = {}, start = {};
    const Vector<S>* reply = nullptr;  ///< The last one, for who missed it.
    std::unique_ptr<typename SharedCenter<S>::Merging> merging = {};
    Index stripe = 0;       ///< Those before are merged.
    std::size_t ready = 0;  ///< Bytes of the reply.
    bool idle = false;      ///< Its worker has no lease.
    Time since = {};        ///< Its last commit came, or the work that it is at.
  };
  /// What has come from a worker and was not dealt with.
  struct Desk {
    bool pull = false, commit = false, ask = false, goodbye = false;
    std::uint64_t sequence = 0;
    CommitInfo info = {};
    Parting parting = {};
  };

  bool is_asynchronous() const noexcept {
    return center_.traits().schedule == Schedule::asynchronous;
  }
  /// Replies set out before the commit is all in.
  bool can_stream() const noexcept { return is_asynchronous() && codecs_.replies.is_memory; }

  std::size_t vector_bytes() const {
    return std::max<std::size_t>(1,
                                 sizeof(S) * static_cast<std::size_t>(center_.parameters().size()));
  }
  std::uint64_t most_kept() const {
    return std::max<std::uint64_t>(2, settings_.kept_bytes / vector_bytes());
  }
  /// Where a commit may wait for others, all have room.
  std::size_t most_staged() const {
    if (!is_asynchronous()) return static_cast<std::size_t>(settings_.workers);
    return settings_.staged_bytes / vector_bytes();
  }
  Seat& seat_of(const Roster::Member& member) {
    return seats_[static_cast<std::size_t>(member.rank)];
  }
  /// With the shared center's lock.
  void book_merge(const CommitHeader& header) {
    {
      const std::scoped_lock book{book_};
      roster_.merged(header);
      if (!roster_.finished()) return;
    }
    book_changed_.notify_all();
  }

  /// Its worker may have another session by now.
  void taken_as_shard(std::uint64_t session, std::uint16_t shard,
                      const std::shared_ptr<Connection>& connection) {
    std::shared_ptr<Shards> shards;
    {
      const std::scoped_lock book{book_};
      const Roster::Member* const member = roster_.of_session(session);
      if (member) shards = seat_of(*member).shards;
    }
    if (!shards || !shards->add(shard, connection)) connection->close("its worker is not there");
  }
  void keep_door(const std::stop_token& stop) {
    try {
      door_.keep(stop);
    } catch (...) {
      shared_.fail(std::current_exception());
    }
  }

  // Observers may be slow, and threads that answer peers must not wait for them. While an observer
  // is told, merges wait, so that strangers must not decide how often that is.

  /// With the book's lock: the observers will be told, at once or in a sum.
  void tell(const std::string& what) {
    if (left_out_ == 0 && std::ssize(untold_) < most_at_once && may_tell()) {
      untold_.push_back({what, shared_.seconds()});
    } else {
      ++left_out_;
      last_left_out_ = what;
    }
  }
  /// So many at once, then one a second.
  bool may_tell() {
    constexpr std::chrono::seconds each{1};
    const Time now = Clock::now();
    if (tells_until_ > now + (most_at_once - 1) * each) return false;
    tells_until_ = std::max(tells_until_, now) + each;
    return true;
  }
  void tell_refusals(const std::stop_token& stop) {
    for (bool last = false; !last;) {
      std::deque<Notice> notices;
      {
        std::unique_lock book{book_};
        if (untold_.empty() && !stop.stop_requested())
          book_changed_.wait_for(book, std::chrono::milliseconds{20});
        last = stop.stop_requested();
        notices.swap(untold_);
        if (left_out_ > 0 && (last || may_tell()))
          notices.push_back({std::to_string(std::exchange(left_out_, 0)) +
                                 " more, the last one: " + last_left_out_,
                             shared_.seconds()});
      }
      for (const Notice& notice : notices) shared_.notify(notice);
    }
  }

  // A seat's thread.

  /// Why it cannot be, or nothing.
  std::string start(Seat& seat) {
    if (seat.thread.joinable()) seat.thread.join();
    try {
      seat.thread = std::thread{[this, &seat] { serve(seat); }};
    } catch (const std::system_error& error) {
      return std::string{"the hub has no thread for it: "} + error.what();
    }
    seat.member.served = seat.member.was_served = true;
    return {};
  }
  /// Those whose workers are away, and may come back.
  void start_restored() {
    const std::scoped_lock book{book_};
    for (Seat& seat : seats_) {
      if (seat.member.place != Place::away || seat.member.served) continue;
      if (const std::string failure = start(seat); !failure.empty()) throw TcpError{failure};
    }
  }

  void serve(Seat& seat) {
    const FlushDenormals guard;
    bool lost = true;
    seat.since = Clock::now();
    try {
      lost = !serve_until_parted(seat);
    } catch (...) {
      shared_.fail(std::current_exception());
    }
    leave(seat, lost);
  }
  /// False if the worker is lost.
  bool serve_until_parted(Seat& seat) {
    while (const auto connection = connection_of(seat)) {
      const bool parted = talk(seat, *connection);
      connection->close("it has ended");
      seat.lanes->close("the worker's first connection has ended");
      bytes_ += connection->bytes() + seat.lanes->bytes();
      seat.lanes = nullptr;
      if (parted) return true;
      const std::string what =
          "worker " + std::to_string(seat.rank) + " is cut off: " + connection->failure();
      notify(what);
      const std::scoped_lock book{book_};
      last_trouble_ = what;
      if (is_late(seat)) {
        roster_.give_up(seat.member);
        break;
      }
      if (seat.connection == connection) roster_.lose_connection(seat.member);
    }
    if (settings_.on_loss == OnLoss::fail && !over_)
      fail("worker " + std::to_string(seat.rank) + " is lost");
    return false;
  }
  std::shared_ptr<Connection> connection_of(Seat& seat) {
    std::unique_lock book{book_};
    Roster::Member& member = seat.member;
    const auto until = [&] { return member.away_since + seconds_from(settings_.rejoin_seconds); };
    while (member.place != Place::present) {
      if (member.place == Place::away && Clock::now() >= until()) {
        roster_.give_up(member);
        return nullptr;
      }
      book_changed_.wait_for(book, std::chrono::milliseconds{20});
    }
    seat.lanes = seat.shards;
    return seat.connection;
  }
  void leave(Seat& seat, bool lost) {
    shared_.leave(seat.rank);
    set_missing(seat, lost);
    if (lost)
      shared_.notify(Notice{"worker " + std::to_string(seat.rank) + " is lost", shared_.seconds()});
    {  // the last that the thread does with the book: who comes next joins it
      const std::scoped_lock book{book_};
      if (lost && !over_) ++lost_;
      seat.connection = nullptr;
      seat.reply = nullptr;
      seat.merging.reset();
      roster_.vacate(seat.member);
    }
    book_changed_.notify_all();
  }

  /// Rules may depend on how many workers there are.
  void set_missing(Seat& seat, bool missing) {
    shared_.set_workers([&] {
      const std::scoped_lock book{book_};
      return roster_.set_missing(seat.member, missing);
    });
  }

  /// When a worker is given up from which no whole commit has come.
  Time latest(const Seat& seat) const {
    Time time = Time::max();
    if (!seat.idle && begun_) {
      time = std::max(seat.since, begun_at_) + seconds_from(settings_.timeouts.commit_seconds);
    }
    if (halt_.stop_requested())
      time = std::min(time, halted_ + seconds_from(settings_.join_seconds));
    if (over_) time = std::min(time, ended_ + seconds_from(settings_.timeouts.dead_seconds));
    return time;
  }
  bool is_late(const Seat& seat) const { return Clock::now() >= latest(seat); }
  /// Until the connection ends, false, or the worker has parted, true.
  bool talk(Seat& seat, Connection& connection) {
    Desk desk;
    connection.locked([&] {
      connection.set_pauses(settings_.spin(static_cast<int>(seats_.size())));
      connection.set_handler([&](const FrameHeader& header, std::span<const std::byte> payload) {
        return put_on(desk, seat, connection, header, payload);
      });
    });
    const auto may_begin = [&] { return desk.pull && (begun_ || halt_.stop_requested()); };
    const auto ready = [&] {
      return may_begin() || desk.commit || desk.ask || desk.goodbye || over_;
    };
    for (;;) {
      const Time tick = Clock::now() + std::chrono::milliseconds{seat.idle ? 5 : 50};
      const bool busy = connection.work_until(ready, tick);
      if (desk.goodbye) return part(seat, connection, desk);
      if (connection.ended()) return false;
      if (over_) return farewell(seat, connection, desk);
      if (is_late(seat))
        return refuse(connection, {Errc::too_slow, "no commit came of it in time"});
      if (may_begin()) {
        join(seat);
        desk.pull = false;
        make_durable();  // that it is here
        reply(seat, connection, 0, seat.start);
      } else if (desk.ask) {
        desk.ask = false;
        answer(seat, connection);
      } else if (desk.commit) {
        if (!take(seat, connection, desk)) continue;
      } else if (!busy && seat.idle) {
        grant_if_any(seat, connection);
      }
    }
  }
  Status put_on(Desk& desk, Seat& seat, Connection& connection, const FrameHeader& header,
                std::span<const std::byte> payload) {
    switch (header.type) {
      case FrameType::pull:
        desk.pull = true;
        return Done{};
      case FrameType::commit: {
        const auto info = CommitInfo::read(payload);
        if (!info) return info.error();
        if (desk.commit) return Errc::unexpected_message;
        desk.info = *info;
        desk.sequence = header.sequence;
        desk.commit = true;
        connection.set_reading(false);  // until there is memory for it
        return Done{};
      }
      case FrameType::grant:
        desk.ask = true;
        return Done{};
      case FrameType::goodbye: {
        const auto parting = Parting::read(payload);
        if (!parting) return parting.error();
        desk.parting = *parting;
        desk.goodbye = true;
        return Done{};
      }
      case FrameType::chunk:
        return put_on(seat, connection);
      default:
        return Errc::unexpected_message;
    }
  }
  /// While a chunk is at hand.
  Status put_on(Seat& seat, Connection& connection) {
    const std::size_t received = connection.reader().received();
    const Status right = seat.incoming->check(seat.commit, received);
    if (!right) return right;
    if (codecs_.commits.is_memory && seat.merging) {
      while (seat.stripe < center_.stripes() && bytes_to(seat.stripe) <= received &&
             merge_stripe(seat)) {
      }
      connection.writer().set_ready(seat.ready);
    }
    return Done{};
  }
  /// A commit of which the rest never came would keep the center from standing still.
  void join(Seat& seat) {
    seat.merging.reset();
    set_missing(seat, false);
    shared_.join(seat.rank, seat.start);
  }
  /// A commit. False if the connection ended.
  bool take(Seat& seat, Connection& connection, Desk& desk) {
    const Time came = Clock::now();
    const typename Staging<S>::Loan memory{staging_, seat.commit};
    seat.since += Clock::now() - came;
    const auto [applied, admitted] = [&] {
      const std::scoped_lock book{book_};
      return std::pair{seat.member.applied, roster_.ledger().admits(seat.rank, desk.info.steps)};
    }();
    if (desk.sequence > applied + 1 || desk.sequence == 0)
      return refuse(connection, {Errc::unexpected_message, "commits are missing before this one"});
    const auto space = seat.incoming->space(seat.commit, desk.info.vector_bytes);
    if (!space) return refuse(connection, {space.error(), std::string{message(space.error())}});
    const bool again = desk.sequence <= applied;
    if (!again && !admitted)
      return refuse(connection, {Errc::out_of_range, "more steps than it had to do"});
    const CommitHeader header = desk.info.header(seat.rank);
    const int steps = static_cast<int>(desk.info.steps);
    if (can_stream() && settings_.relaxed_atomicity && !again)
      start_merge(seat, connection, header);
    Shards& shards = *seat.lanes;
    connection.locked([&] {
      connection.reader().expect(*space, part_of(space->size(), 0, shards.count()));
      connection.set_reading(true);
    });
    shards.receive(*space);
    connection.work_until([&] { return connection.reader().complete() || is_late(seat); });
    const bool first = connection.reader().complete();
    if (!first) refuse(connection, {Errc::too_slow, "its commit did not come in time"});
    if (!finish_shards(seat, connection, first)) return false;
    if (const Status right = seat.incoming->decode(seat.commit); !right)
      return refuse(connection, {right.error(), std::string{message(right.error())}});
    desk.commit = false;
    if (again) {
      ++resent_;
      if (!seat.reply) {
        join(seat);
        seat.reply = &seat.start;
      }
    } else {
      if (can_stream() && shards.count() == 1)
        return stream(seat, connection, header, desk.sequence);
      shared_.post(header, seat.commit, steps);
      seat.reply = shared_.await(seat.rank, 0);
      if (steps > 0) seat.since = Clock::now();
    }
    if (!seat.reply) return true;  // the run ends
    return reply(seat, connection, desk.sequence, *seat.reply);
  }
  /// Waits for the worker's other connections, if its first one is well. False if one is not.
  bool finish_shards(Seat& seat, Connection& connection, bool well) {
    if (!well) seat.lanes->close("the worker's first connection has ended");
    const bool all_well = seat.lanes->finish(
        Clock::now() + seconds_from(settings_.timeouts.handshake_seconds), latest(seat));
    if (!all_well) seat.lanes->close("the connection of a shard is lost");
    if (well && !all_well) connection.close("the connection of a shard is lost");
    return well && all_well;
  }
  /// Into the center with a commit, the reply going out as it comes to be. False if the connection
  /// ended.
  bool stream(Seat& seat, Connection& connection, const CommitHeader& header,
              std::uint64_t sequence) {
    if (!seat.merging) start_merge(seat, connection, header);
    while (merge_stripe(seat)) {
      const std::size_t ready = seat.ready;
      connection.locked([&] { connection.writer().set_ready(ready); });
      if (seat.stripe < center_.stripes()) connection.push();  // the last one goes with the grant
    }
    seat.merging->finish();
    seat.merging.reset();
    seat.reply = shared_.await(seat.rank, 0);
    if (header.steps > 0) seat.since = Clock::now();
    return !seat.reply /* the run ends */ || grant(seat, connection, sequence);
  }
  /// A commit goes into the center stripe after stripe, and each goes back as soon as it is in.
  void start_merge(Seat& seat, Connection& connection, const CommitHeader& header) {
    if (!seat.merging) {
      seat.merging =
          std::make_unique<typename SharedCenter<S>::Merging>(shared_, header, header.steps);
      seat.stripe = 0;
      pause_if_relaxed(seat);
    }
    seat.ready = seat.stripe == 0 ? 0 : bytes_to(seat.stripe - 1);
    connection.locked([&] {
      const auto message = seat.outgoing->encode(seat.merging->reply());
      connection.writer().put({.type = FrameType::reply, .sequence = seat.member.applied + 1},
                              ReplyInfo{message.size()}.bytes(), message, {0, message.size()},
                              seat.ready);
    });
  }
  /// The next one, if there is one and the run has not ended.
  bool merge_stripe(Seat& seat) {
    if (seat.stripe == center_.stripes() || !seat.merging->active()) return false;
    seat.merging->merge(seat.stripe, seat.commit);
    seat.ready = bytes_to(seat.stripe++);
    pause_if_relaxed(seat);
    return true;
  }
  /// A merge that begins while its commit still comes locks the center under the connection's lock, so
  /// it holds the center nowhere else.
  void pause_if_relaxed(Seat& seat) {
    if (settings_.relaxed_atomicity) seat.merging->pause();
  }
  /// From a vector's begin to the end of this stripe.
  std::size_t bytes_to(Index stripe) const {
    const auto& whole = center_.parameters();
    const auto part = center_.stripe(whole, stripe);
    return sizeof(S) * static_cast<std::size_t>(part.data() + part.size() - whole.data());
  }
  static void put_refusal(Connection& connection, const Refusal& refusal) {
    const auto frame = refuse_frame(refusal);
    connection.locked([&] {
      connection.writer().put({.type = FrameType::refuse},
                              std::span{frame}.subspan(frame_header_bytes));
    });
  }
  /// Without waiting.
  static void turn_away(Connection& connection, const Refusal& refusal) {
    put_refusal(connection, refusal);
    connection.push();
    connection.close(refusal.text);
  }
  bool refuse(Connection& connection, const Refusal& refusal) {
    put_refusal(connection, refusal);
    connection.flush(Clock::now() + std::chrono::seconds{1});
    connection.close(refusal.text);
    return false;
  }
  /// What the codec cannot send ends the run.
  std::span<const std::byte> encode(Seat& seat, const Vector<S>& vector) {
    try {
      return seat.outgoing->encode(vector);
    } catch (const std::range_error& error) {
      fail(error);
      return {};
    }
  }
  bool reply(Seat& seat, Connection& connection, std::uint64_t sequence, const Vector<S>& vector) {
    if (shared_.flow() == Flow::stop) return true;  // it gets FAREWELL; the center may be NaN
    const auto message = encode(seat, vector);
    if (shared_.flow() == Flow::stop) return true;
    connection.locked([&] {
      connection.writer().put({.type = FrameType::reply, .sequence = sequence},
                              ReplyInfo{message.size()}.bytes(), message,
                              part_of(message.size(), 0, seat.lanes->count()), message.size());
    });
    seat.lanes->send(sequence, message);
    return finish_shards(seat, connection, grant(seat, connection, sequence));
  }
  /// After the reply: what the worker goes on with.
  bool grant(Seat& seat, Connection& connection, std::uint64_t sequence) {
    const bool sent = send(connection, next_of(seat, sequence));
    if (seat.idle) shared_.leave(seat.rank);
    return sent;
  }
  bool send(Connection& connection, const Grant& granted) {
    connection.locked(
        [&] { connection.writer().put_behind({.type = FrameType::grant}, granted.bytes()); });
    if (connection.flush(Clock::now() + seconds_from(settings_.timeouts.commit_seconds)))
      return true;
    connection.close("it reads too slowly");
    return false;
  }
  Grant next_of(Seat& seat, std::uint64_t sequence) {
    Grant granted = [&] {
      const std::scoped_lock book{book_};
      return roster_.grant(seat.member, sequence, halt_.stop_requested());
    }();
    granted.workers = shared_.workers(seat.rank);
    seat.idle = granted.next == Grant::Next::wait;
    if (settings_.checkpoint.empty()) return granted;
    if (granted.next == Grant::Next::begin) make_durable();  // what is promised is written before
    std::unique_lock book{book_};
    const std::uint64_t kept = seat.member.applied - seat.member.durable;
    if (kept >= most_kept_ / 2 && requested_ == written_) {
      ++requested_;
      book_changed_.notify_all();
    }
    if (kept >= most_kept_) {
      book.unlock();
      make_durable();
      book.lock();
    }
    granted.durable = seat.member.durable;
    return granted;
  }
  /// For a worker that waits for a lease.
  void grant_if_any(Seat& seat, Connection& connection) {
    Grant granted = next_of(seat, 0);
    if (seat.idle) return;
    granted.next = Grant::Next::begin;
    join(seat);
    seat.since = Clock::now();
    send(connection, granted);
  }
  /// For one that has lost its connection while it waited: it has not got what it was granted.
  void answer(Seat& seat, Connection& connection) {
    {
      const std::scoped_lock book{book_};
      seat.idle = roster_.ledger().spent(seat.rank);
    }
    grant_if_any(seat, connection);
  }

  /// The worker has done what it could, or wants to go.
  bool part(Seat& seat, Connection& connection, Desk& desk) {
    if (desk.parting.diverged) {
      fail(TrainingDiverged{desk.parting.failure});
      return true;
    }
    if (!desk.parting.failure.empty()) {
      fail("worker " + std::to_string(seat.rank) + " has failed: " + desk.parting.failure);
      return true;
    }
    shared_.leave(seat.rank);
    {
      const std::scoped_lock book{book_};
      seat.member.place = Place::parting;
    }
    book_changed_.notify_all();
    if (halt_.stop_requested())  // then what all have done is what it gets
      connection.work_until([&] { return over_.load(); });
    // Who wanted to go and did not wait for an answer has left, and is not lost.
    return farewell(seat, connection, desk) || !(halt_.stop_requested() || over_);
  }
  /// The end of the run, or of the worker's part of it. False if the connection ended before the
  /// worker knew.
  bool farewell(Seat& seat, Connection& connection, Desk& desk) {
    seat.merging.reset();
    shared_.hold_still([&] { seat.start = center_.parameters(); });
    auto message =
        shared_.failure().empty() ? encode(seat, seat.start) : std::span<const std::byte>{};
    const Parting parting{.failure = shared_.failure(), .diverged = shared_.diverged()};
    if (!parting.failure.empty()) {  // no codec takes NaN
      seat.start.setZero();
      message = seat.outgoing->encode(seat.start);
    }
    Vector<S> late;  // a commit that was under way
    const auto drop = [&]() -> Status {
      const auto space = seat.incoming->space(late, desk.info.vector_bytes);
      if (!space) return space.error();
      desk.commit = false;
      connection.reader().expect(*space, part_of(space->size(), 0, seat.lanes->count()));
      connection.set_reading(true);
      return Done{};
    };
    desk.goodbye = false;
    const Status sent = connection.locked([&]() -> Status {
      connection.set_handler(
          [&](const FrameHeader& header, std::span<const std::byte> payload) -> Status {
            if (header.type == FrameType::chunk) return Done{};
            const Status right = put_on(desk, seat, connection, header, payload);
            return right && desk.commit ? drop() : right;
          });
      connection.writer().put({.type = FrameType::farewell},
                              Parting{message.size(), parting.failure, parting.diverged}.bytes(),
                              message, {0, message.size()}, message.size());
      return desk.commit ? drop() : Done{};
    });
    if (!sent) return refuse(connection, sent.error());
    const auto known = [&] {
      return desk.goodbye &&
             (desk.parting.vector_bytes == message.size() || !desk.parting.failure.empty());
    };
    connection.work_until([&] { return known() || connection.writer().idle(); },
                          Clock::now() + seconds_from(settings_.timeouts.commit_seconds));
    return connection.work_until(known,
                                 Clock::now() + seconds_from(settings_.timeouts.dead_seconds)) ||
           !connection.ended();
  }

  // Checkpoints.

  /// Throws FileError where another hub has the same.
  void lock_checkpoint() {
    const auto file = beside(settings_.checkpoint, ".lock");
    try {
      checkpoint_lock_.emplace(file);
    } catch (const FileError& error) {
      throw FileError{std::string{error.what()} + ", expected a Tcp::checkpoint of this hub's own"};
    }
    if (!checkpoint_lock_->held())
      notify("the file system of " + file.string() +
             " has no locks: let no other hub have this checkpoint");
  }
  void notify(const std::string& text) { shared_.notify(Notice{text, shared_.seconds()}); }

  /// Goes on where an earlier process was when it died. Throws FileError.
  void resume() {
    const auto found = read_checkpoint(settings_.checkpoint);
    if (!found) return write_checkpoint_now();
    const auto check = [&](bool right, const std::string& what) {
      if (!right) throw FileError{settings_.checkpoint.string() + ": " + what};
    };
    check(found->sections.size() == 3, "is not a checkpoint of this version");
    const Fingerprint before = read_fingerprint(found->sections.front());
    roster_.complete_fingerprint(before);
    const std::string differs =
        difference(of_checkpoint(), before, "this program", "the file").value_or("");
    check(differs.empty(), "is a checkpoint of another run: " + differs);
    std::span<const std::byte> state{found->sections[1]}, seen{found->sections[2]};
    bool ended = false;
    const bool whole = bool{center_.restore(state)} && bool{roster_.restore(found->run, state)} &&
                       state.empty() && bool{restore_state(seen, ended)};
    check(whole, "does not fit the run");
    const auto anew = center_.restore_observers(seen);
    check(bool{anew}, "does not fit the observers of the run");
    if (!found->skipped.empty()) {
      roster_.forget_workers();
      notify("the checkpoint before the newest is taken, and all workers begin anew: " +
             found->skipped);
    }
    const std::uint64_t merges = center_.tally().merges;
    if (merges > 0 && !anew->empty())
      notify("the run goes on after merge " + std::to_string(merges) +
             ", but these observers begin anew: " + *anew);
    if (!ended) return;
    notify("an observer has ended the run before: this is its result");
    shared_.stop();
  }
  static Fingerprint read_fingerprint(std::span<const std::byte> text) {
    ByteReader in{text};
    Fingerprint print;
    while (!in.failed() && !in.complete()) {
      std::string name = in.text();
      print.fields.emplace_back(std::move(name), in.text());
    }
    return print;
  }
  Fingerprint of_checkpoint() const {
    Fingerprint print = settings_.local_workers > 0 ? fingerprint_ : roster_.fingerprint();
    print.fields.emplace_back("Tcp::workers", std::to_string(settings_.workers));
    return print;
  }
  void write_checkpoint_now() {
    HubCheckpoint checkpoint{.run = roster_.run_id(), .sections = {{}, {}, {}}};
    std::vector<Roster::Mark> marks;
    std::uint64_t request = 0;
    bool right = true;
    shared_.hold_still([&] {
      const std::scoped_lock book{book_};
      request = requested_;
      // Nobody looks at what is merged once an observer has ended the run.
      right = !shared_.failed() &&
              (shared_.flow() == Flow::proceed ||
               are_finite(center_.parameters().data(), center_.parameters().size()));
      if (!right) return;
      ByteWriter print;
      for (const auto& [name, value] : of_checkpoint().fields) print.text(name).text(value);
      checkpoint.sections.front() = print.take();
      std::vector<std::byte>&state = checkpoint.sections[1], &seen = checkpoint.sections[2];
      center_.save(state);
      roster_.save(state);
      save_state(seen, shared_.flow() == Flow::stop);
      center_.save_observers(seen);
      marks = roster_.marks();
    });
    if (right) write_checkpoint(settings_.checkpoint, checkpoint);
    {
      const std::scoped_lock book{book_};
      roster_.made_durable(marks);
      written_ = request;
    }
    book_changed_.notify_all();
  }
  /// What it throws, as text; empty if all is well. Files may be written again later.
  std::string try_to_write_checkpoint() {
    try {
      write_checkpoint_now();
      return {};
    } catch (const FileError& error) {
      return error.what();
    }
  }
  /// What is so now outlives this process when it returns, however long the file cannot be written;
  /// at the end of the run, if it can be written.
  void make_durable() {
    if (settings_.checkpoint.empty()) return;
    std::unique_lock book{book_};
    const std::uint64_t request = ++requested_;
    book_changed_.notify_all();
    const auto done = [&] {
      const bool ends =
          halt_.stop_requested() || roster_.finished() || shared_.flow() == Flow::stop;
      return written_ >= request || shared_.failed() || (ends && write_fails_);
    };
    while (!done()) book_changed_.wait_for(book, std::chrono::milliseconds{20});
  }
  void keep_checkpoints(const std::stop_token& stop) {
    if (settings_.checkpoint.empty()) return;
    try {
      std::string problem;  // of the last try
      for (;;) {
        const double pause = settings_.checkpoint_seconds;
        const Time next =
            Clock::now() + seconds_from(problem.empty() ? pause : std::min(pause, 1.0));
        {
          std::unique_lock book{book_};
          const auto wanted = [&] { return requested_ != written_ && problem.empty(); };
          while (!wanted() && Clock::now() < next && !stop.stop_requested())
            book_changed_.wait_for(book, std::chrono::milliseconds{20});
        }
        if (stop.stop_requested() || shared_.failed()) return;
        const std::string before = std::exchange(problem, try_to_write_checkpoint());
        write_fails_ = !problem.empty();
        if (problem == before) continue;
        notify(problem.empty() ? "checkpoints are written again"
                               : "a checkpoint could not be written, is tried again, and the one "
                                 "before stays: " +
                                     problem);
      }
    } catch (...) {
      shared_.fail(std::current_exception());
      book_changed_.notify_all();
    }
  }
  /// A run that was stopped goes on from here. Throws FileError where it could not; who has the
  /// result is only told.
  void write_last_checkpoint() {
    if (settings_.checkpoint.empty() || shared_.failed()) return;
    const std::string problem = try_to_write_checkpoint();
    if (problem.empty()) return;
    if (!roster_.finished() && shared_.flow() == Flow::proceed) throw FileError{problem};
    notify("the last checkpoint could not be written: " + problem);
  }

  // Others.

  /// The way of a worker in this process.
  struct Port final : WorkerPort<S> {
    using typename WorkerPort<S>::Start, typename WorkerPort<S>::Reply;

    Port(TcpHub& h, int r) : hub{h}, rank{r} {}

    std::optional<Start> begin() override {
      if (std::exchange(begun, true)) return std::nullopt;
      hub.wait_by_book([&] { return bool{hub.begun_}; });
      hub.shared_.join(rank, parameters);
      const std::scoped_lock book{hub.book_};
      // A checkpoint may have another lease than the first.
      return Start{&parameters, rank, hub.shared_.workers(rank), hub.roster_.ledger().lease(rank)};
    }
    void post(const CommitHeader& header, const Vector<S>& commit, int steps) override {
      hub.shared_.post(header, commit, steps);
    }
    Reply await(int steps) override {
      const Vector<S>* const reply = hub.shared_.await(rank, steps);
      if (!reply) return {};
      const std::scoped_lock book{hub.book_};
      return {reply, hub.shared_.workers(rank), hub.roster_.ledger().lease(rank).end};
    }
    std::optional<Lease> next_lease() override {
      hub.shared_.leave(rank);
      std::optional<Lease> next;
      hub.wait_by_book([&] {
        next = hub.roster_.next_lease(rank, hub.halt_.stop_requested());
        return next || hub.over_;
      });
      if (next) hub.shared_.join(rank, parameters);
      return next;
    }

    TcpHub& hub;
    int rank;
    bool begun = false;
    Vector<S> parameters = {};
  };
  /// Until it holds, or the run is to end. `ready` is called with the book's lock.
  void wait_by_book(const auto& ready) {
    std::unique_lock book{book_};
    while (!ready() && !halt_.stop_requested() && shared_.flow() == Flow::proceed)
      book_changed_.wait_for(book, std::chrono::milliseconds{20});
  }
  void live(AnyWorker<S>& worker) {
    const FlushDenormals guard;
    const int rank = worker.rank();
    try {
      Port port{*this, rank};
      run_worker<S>(worker, port, halt_.get_token());
    } catch (...) {
      shared_.fail(std::current_exception());
    }
    shared_.leave(rank);
    {
      const std::scoped_lock book{book_};
      roster_.vacate(roster_.member(rank));
    }
    book_changed_.notify_all();
  }

  /// Until all workers have gone, for which the door has to be kept.
  void see_off() {
    std::unique_lock book{book_};
    const auto stays = [](const Roster::Member& member) {
      return member.served || member.place == Place::expected;
    };
    while (std::ranges::any_of(roster_.members(), stays))
      book_changed_.wait_for(book, std::chrono::milliseconds{20});
  }

  /// Until the run is over: every step is in the center, or something ends it before.
  void supervise(const std::stop_token& stop) {
    Time somebody = Clock::now(), someone_works = somebody;
    const Time join = somebody + seconds_from(settings_.join_seconds);
    bool stopping = false, everybody_counted = false;
    std::unique_lock book{book_};
    for (;;) {
      const Time now = Clock::now();
      if (roster_.finished() || shared_.flow() == Flow::stop) break;
      if (stop.stop_requested() && !std::exchange(stopping, true)) {
        halted_ = now;
        halt_.request_stop();
        std::vector<std::shared_ptr<Connection>> connections;
        for (Seat& seat : seats_) {
          if (seat.connection) connections.push_back(seat.connection);
        }
        book.unlock();  // a connection may wait for the center, and that for the book
        for (const auto& connection : connections) {
          connection->locked([&] { connection->writer().put({.type = FrameType::stop}); });
          connection->tend(false);
        }
        book.lock();
      }
      const bool there =
          roster_.any_in({Place::present, Place::local, Place::away, Place::expected});
      if (there) somebody = now;
      if (!there && stopping) break;
      const bool begins = !begun_ && there && (roster_.knows_all_parts() || now >= join);
      if (!begun_ || roster_.works()) someone_works = now;
      const bool abandons = now - someone_works >= seconds_from(settings_.join_seconds) && there;
      book.unlock();
      if (begins) begin();
      if (abandons) abandon();
      if (now - somebody >= seconds_from(settings_.join_seconds)) {
        fail("no worker is there any more, and not all rows were trained on" + last_trouble());
      } else if (!everybody_counted && now >= join) {
        everybody_counted = true;
        count_missing();
      }
      book.lock();
      book_changed_.wait_for(book, std::chrono::milliseconds{20});
    }
    book.unlock();
    if (!shared_.failed()) make_durable();  // workers go home, and nobody sends again
  }
  std::string last_trouble() {
    const std::scoped_lock book{book_};
    return last_trouble_.empty() ? "" : "; what was last: " + last_trouble_;
  }
  void end() {
    ended_ = Clock::now();
    over_ = true;
    book_changed_.notify_all();
  }
  void fail(const std::string& why) { fail(TcpError{"Tcp: " + why}); }
  template <class E>
  requires std::derived_from<E, std::exception>
  void fail(const E& failure) {
    shared_.fail(std::make_exception_ptr(failure));
    book_changed_.notify_all();
  }
  /// All workers that bring rows of their own are there.
  void begin() {
    try {
      const std::scoped_lock book{book_};
      roster_.begin();
      begun_at_ = Clock::now();
      begun_ = true;
    } catch (...) {
      shared_.fail(std::current_exception());
    }
    book_changed_.notify_all();
  }
  /// Nobody else has the rows of those who are lost.
  void abandon() {
    std::vector<Lease> left;
    {
      const std::scoped_lock book{book_};
      left = roster_.ledger().abandon();
    }
    for (const Lease& lease : left) {
      lost_steps_ += lease.end - lease.begin;
      notify("worker " + std::to_string(lease.share) + " is lost with its rows: steps " +
             std::to_string(lease.begin) + " to " + std::to_string(lease.end) +
             " on them are not done");
    }
  }
  /// Those who have not come until now are not waited for.
  void count_missing() {
    std::vector<Seat*> missing;
    {
      const std::scoped_lock book{book_};
      for (Seat& seat : seats_) {
        if (seat.member.place == Place::vacant) missing.push_back(&seat);
      }
    }
    for (Seat* const seat : missing) {
      set_missing(*seat, true);
      shared_.leave(seat->rank);
    }
  }

  const Settings& settings_;
  const Codecs<S>& codecs_;
  const Fingerprint& fingerprint_;
  AnyCenter<S>& center_;
  SharedCenter<S> shared_;
  std::mutex book_;  ///< Of the roster and of what seats are not said to have for themselves.
  std::condition_variable book_changed_;
  Roster roster_;
  std::deque<Seat> seats_;  ///< One per rank.
  Staging<S> staging_;
  std::atomic<bool> over_ = false, begun_ = false;
  std::stop_source halt_;
  Time halted_ = {}, ended_ = {};  ///< When that was requested, and the run was over.
  Time begun_at_ = {};             ///< Where all workers had to be there before.
  std::atomic<std::uint64_t> bytes_ = 0, resent_ = 0;
  std::uint64_t most_kept_ = most_kept();      ///< Commits that a worker keeps for a hub that died.
  std::uint64_t requested_ = 0, written_ = 0;  ///< Checkpoints that were asked for.
  std::atomic<bool> write_fails_ = false;      ///< The last one could not be written.
  std::optional<FileLock> checkpoint_lock_;
  int lost_ = 0;
  std::uint64_t lost_steps_ = 0;
  static constexpr std::ptrdiff_t most_at_once = 20;
  std::deque<Notice> untold_;   ///< What the observers will be told,
  std::uint64_t left_out_ = 0;  ///< how many refusals beyond,
  std::string last_left_out_;   ///< and the last of them.
  std::string last_trouble_;    ///< Why a worker was not let in, or is not there any more.
  Time tells_until_ = {};       ///< As if those that were told had come one a second.
  Door<Settings, TcpHub> door_;
};

}  // namespace tributary::detail
