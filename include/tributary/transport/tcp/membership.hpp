// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <tributary/core/result.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/ledger.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/messages.hpp>
#include <tributary/transport/tcp/secret.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <tributary/transport/transport.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// A hub's workers: for each rank its worker and state, its work, and the number of its commits in
/// the center and in a checkpoint. Passive, like its ledger: no input, no output, and threads that
/// share it need a lock.
class Membership {
 public:
  enum class State {
    vacant,    ///< No worker has the rank yet.
    local,     ///< A thread of this process.
    expected,  ///< A worker is in its handshake.
    present,   ///< It has a connection.
    away,      ///< Its connection is lost, and it may reconnect.
    parting,   ///< Its worker is leaving.
  };
  struct Member {
    int rank;
    State state = State::vacant;
    bool reserved = false;  ///< The run waits for a first worker of the rank, see release().
    bool served = false;    ///< A thread talks with its worker.
    bool restored = false;  ///< It has not returned since the hub was restarted,
    bool returned = false;  ///< or it has.
    bool missing = false;   ///< It was lost, or has never joined.
    std::uint64_t worker_id = 0;
    std::uint64_t session = 0;
    std::uint64_t applied = 0;          ///< Its last commit in the center,
    std::uint64_t durable = 0;          ///< its last commit in a checkpoint,
    std::uint64_t begins_after = 0;     ///< and the commit whose reply brought its lease.
    std::uint64_t acknowledged = 0;     ///< Its last commit that an earlier hub has replied to,
    std::uint64_t merges_at_reply = 0;  ///< and the merges that this reply reported.
    bool in_doubt = false;  ///< The next commit is merged; the earlier hub may have merged it, too.
    Time away_since = {};
    DataPart part = {};  ///< Its own rows, if data are partitioned; empty until known.
  };

  template <class Options>
  Membership(const Options& options, const RunPlan& plan)
      : shards_{options.shards},
        keeps_checkpoints_{!options.checkpoint.empty()},
        ledger_of_parts_{plan.ledger_of_parts},
        begun_{!plan.ledger_of_parts},
        fingerprint_{plan.fingerprint},
        ledger_{begun_ ? plan.ledger(options.workers) : no_work(options.workers)} {
    const DataPart part = begun_ ? DataPart{} : take_part(fingerprint_);
    for (int rank = 0; rank < options.workers; ++rank) {
      const bool local = rank < options.local_workers;
      members_.push_back({.rank = rank,
                          .state = local ? State::local : State::vacant,
                          .reserved = !local,
                          .part = local ? part : DataPart{}});
    }
    own_fingerprint_ = fingerprint_;
  }

  /// In the order of ranks.
  std::span<Member> members() noexcept { return members_; }
  Member& member(int rank) { return members_[static_cast<std::size_t>(rank)]; }
  /// Null if no member has this id.
  Member* find(std::uint64_t worker_id) {
    const auto found = std::ranges::find(members_, worker_id, &Member::worker_id);
    return found == members_.end() ? nullptr : &*found;
  }
  /// Null if no member has this session any more.
  Member* of_session(std::uint64_t session) {
    const auto found = std::ranges::find(members_, session, &Member::session);
    return session == 0 || found == members_.end() ? nullptr : &*found;
  }
  bool any_in(std::initializer_list<State> these) const {
    return std::ranges::any_of(members_, [&](const Member& member) {
      return std::ranges::find(these, member.state) != these.end();
    });
  }
  Ledger& ledger() noexcept { return ledger_; }
  /// Whether the work is known. It is from the start, unless each worker has rows of its own.
  bool begun() const noexcept { return begun_; }
  bool finished() const noexcept { return begun_ && ledger_.finished(); }
  bool knows_all_parts() const {
    return std::ranges::none_of(members_, [](const Member& m) { return m.part.rows == 0; });
  }
  /// Assigns work for the rows that are known now. Throws std::invalid_argument.
  void begin() {
    ledger_ = ledger_of_parts_(rows());
    begun_ = true;
    for (const Member& member : members_) {
      if (member.part.rows > 0) ledger_.begin(member.rank);
    }
  }
  /// Whether a worker that is present or may return has work left.
  bool works() const {
    return std::ranges::any_of(members_, [&](const Member& member) {
      const State state = member.state;
      return (state == State::present || state == State::local || state == State::away ||
              state == State::expected) &&
             !ledger_.spent(member.rank);
    });
  }
  /// Commits to an earlier hub that no worker has sent again.
  std::uint64_t missing_commits() const noexcept { return missing_commits_; }

  /// Assigns a rank to an authenticated worker, or refuses it. The rank is reserved until the
  /// worker is present or has left(). `over`: the run is over.
  Result<Terms, Refusal> admit(const Offer& offer, bool over) {
    if (over && offer.run_id == 0)  // its next try may meet the program's next run
      return Refusal{TcpErrc::no_room, "the run is over"};
    Fingerprint theirs = offer.fingerprint;
    const DataPart part = ledger_of_parts_ ? take_part(theirs) : DataPart{};
    Fingerprint ours = fingerprint_;
    complete(ours, theirs);
    if (const auto differs = difference(ours, "the hub", theirs, "the worker"))
      return Refusal{TcpErrc::different_settings, *differs};
    if (offer.run_id != 0 && offer.run_id != run_id_)
      return Refusal{TcpErrc::wrong_run,
                     "the run of this worker has ended: the hub has started another one"};
    if (offer.worker_id == 0) return Refusal{TcpErrc::malformed};
    Member* const known = find(offer.worker_id);
    if (offer.shard > 0) {  // another lane of an admitted worker
      if (!known || known->session != offer.session || offer.shard >= shards_)
        return Refusal{TcpErrc::wrong_session, "the connection belongs to no connected worker"};
      return terms(*known, false);
    }
    if (known) {
      if (known->state != State::away)
        return Refusal{TcpErrc::duplicate_worker, "a worker with this id is already connected"};
      expect(*known);
      if (std::exchange(known->restored, false)) {
        known->returned = true;
        if (offer.acknowledged > known->acknowledged || known->merges_at_reply == 0) {
          known->acknowledged = offer.acknowledged;
          known->merges_at_reply = offer.merges;
        }
        learn_of_lost_commits(offer.merges);
      }
      return terms(*known, false);
    }
    if (over) return Refusal{TcpErrc::wrong_run, "the run is over"};
    if (const auto problem = problem_with(part)) return *problem;
    Member* const free = free_rank(offer.wanted_rank, part);
    if (!free && (offer.wanted_rank < -1 || offer.wanted_rank >= std::ssize(members_)))
      return Refusal{TcpErrc::wrong_rank, "there is no rank " + std::to_string(offer.wanted_rank) +
                                              " among " + std::to_string(members_.size()) +
                                              " workers"};
    if (!free && free_rank(-1, part))
      return Refusal{TcpErrc::no_room, "rank " + std::to_string(offer.wanted_rank) +
                                           " is taken, and others are free"};
    if (!free) return Refusal{TcpErrc::no_room, "all ranks are taken"};
    if (std::erase(forgotten_, offer.worker_id) > 0) learn_of_lost_commits(offer.merges);
    *free = {.rank = free->rank,
             .reserved = free->reserved,
             .missing = free->missing,
             .worker_id = offer.worker_id,
             .part = part};
    fingerprint_ = std::move(ours);
    expect(*free);
    ledger_.begin(free->rank);
    return terms(*free, true);
  }
  /// An admitted worker did not finish its handshake.
  void left(Member& member) {
    if (member.state != State::expected) return;
    if (member.served) return lose_connection(member);
    vacate(member);
  }
  /// A thread serves this worker, and no other one until the rank is vacated.
  void serve(Member& member) { member.served = true, member.reserved = false; }
  /// The time for the first worker of the rank has passed: the rank counts as missing.
  /// False if the rank is not reserved.
  bool release(Member& member) {
    if (!std::exchange(member.reserved, false)) return false;
    member.missing = true;
    return true;
  }
  /// After a restart: it has a lease, or is still to get its first one.
  bool is_at_work(const Member& member) const {
    if (member.state == State::local) return true;
    return member.state == State::away && (!begun_ || !ledger_.spent(member.rank));
  }
  bool reserves() const { return std::ranges::count(members_, true, &Member::reserved) > 0; }
  /// Gives up a worker that is away. No worker has the rank until it is vacated.
  void give_up(Member& member) { member.state = State::parting; }
  void lose_connection(Member& member) {
    member.state = State::away;
    member.away_since = Clock::now();
  }
  /// The worker has left, or is given up: its remaining work is available to others.
  void vacate(Member& member) {
    member.state = State::vacant;
    member.worker_id = member.session = 0;
    member.served = false;
    if (!begun_) {
      member.part = {};
      if (std::ranges::all_of(members_, [](const Member& m) { return m.part.rows == 0; }))
        fingerprint_ = own_fingerprint_;
    }
    ledger_.lose(member.rank);
  }
  /// Returns the number of members that are not missing.
  int set_missing(Member& member, bool missing) {
    member.missing = missing;
    return workers();
  }
  int workers() const {
    return static_cast<int>(std::ranges::count(members_, false, &Member::missing));
  }

  /// Records that a commit is in the center.
  void merged(const CommitHeader& header) {
    Member& of = member(header.worker);
    ++of.applied;
    if (of.returned && of.applied == of.acknowledged + 1) of.in_doubt = true;
    if (of.applied <= of.acknowledged && missing_commits_ > 0) {
      --missing_commits_;
    } else if (!settle(of)) {
      ++merges_;
    }
    ledger_.merged(header.worker, static_cast<std::uint64_t>(header.steps));
  }
  /// A lease for a worker whose lease is spent; nothing if none is available at the moment. The
  /// work of workers that have not joined yet is reserved for them, unless the run is to end.
  std::optional<Lease> next_lease(int rank, bool ending) {
    if (!ending && reserves()) return std::nullopt;
    return ledger_.next(rank);
  }
  /// The worker's next lease, after the reply to its commit with this sequence; 0: after no reply.
  Grant grant(Member& member, std::uint64_t sequence, bool ending) {
    Grant granted{.merges = merges_};
    if (ledger_.spent(member.rank)) {
      if (next_lease(member.rank, ending)) {
        member.begins_after = sequence;
        granted.next = Grant::Next::begin;
      } else {
        granted.next = Grant::Next::wait;
      }
    } else if (sequence > 0 && member.begins_after == sequence) {
      granted.next = Grant::Next::begin;
    }
    granted.lease = ledger_.lease(member.rank);
    return granted;
  }

  /// A worker's last commit in the center.
  struct Mark {
    std::uint64_t worker_id, applied;
  };
  std::vector<Mark> marks() const {
    std::vector<Mark> marks;
    marks.reserve(members_.size());
    for (const Member& member : members_) marks.push_back({member.worker_id, member.applied});
    return marks;
  }
  /// The state at the time of these marks is in a checkpoint.
  void made_durable(const std::vector<Mark>& marks) {
    for (std::size_t i = 0; i < marks.size(); ++i) {
      if (members_[i].worker_id == marks[i].worker_id) members_[i].durable = marks[i].applied;
    }
  }

  /// If each worker has rows of its own, it lacks the data, and the first worker completes it.
  const Fingerprint& fingerprint() const noexcept { return fingerprint_; }
  void complete_fingerprint(const Fingerprint& other) { complete(fingerprint_, other); }
  std::uint64_t run_id() const noexcept { return run_id_; }
  void save(std::vector<std::byte>& to) const {
    if (ledger_of_parts_) {
      save_state(to, begun_);
      for (const Member& member : members_) save_state(to, member.part);
    }
    ledger_.save(to);
    save_state(to, merges_, missing_commits_);
    for (const Member& member : members_)
      save_state(to, member.worker_id, member.applied, member.begins_after, member.acknowledged,
                 member.merges_at_reply, member.in_doubt);
  }
  /// Reads the state that an earlier hub has saved; its workers are away now. After an error do not
  /// use this membership.
  Status restore(std::uint64_t run_id, std::span<const std::byte>& from) {
    run_id_ = run_id;
    if (ledger_of_parts_) {
      if (const Status right = restore_state(from, begun_); !right) return right;
      for (Member& member : members_) {
        if (const Status right = restore_state(from, member.part); !right) return right;
      }
      if (begun_) ledger_ = ledger_of_parts_(rows());
    }
    if (const Status right = ledger_.restore(from); !right) return right;
    if (const Status right = restore_state(from, merges_, missing_commits_); !right) return right;
    past_merges_ = merges_;
    for (Member& member : members_) {
      const Status right =
          restore_state(from, member.worker_id, member.applied, member.begins_after,
                        member.acknowledged, member.merges_at_reply, member.in_doubt);
      if (!right) return right;
      if (member.state == State::local) member.worker_id = 0;
      if (member.worker_id == 0) {  // the rank's worker does not return
        ledger_.lose(member.rank);
        continue;
      }
      if (begun_ && !ledger_.there(member.rank)) return Errc::out_of_range;
      member.durable = member.applied;
      member.restored = true;
      member.reserved = false;
      lose_connection(member);
    }
    return Done{};
  }
  /// Call it if the checkpoint is not the newest: it does not have the workers' later commits, so
  /// all workers start again.
  void forget_workers() {
    for (Member& member : members_) {
      if (member.worker_id != 0) forgotten_.push_back(member.worker_id);
      ledger_.lose(member.rank);
      const bool local = member.state == State::local;
      member = {.rank = member.rank,
                .state = local ? State::local : State::vacant,
                .reserved = !local,
                .part = member.part};
    }
  }

 private:
  Terms terms(const Member& member, bool fresh) const {
    const Lease& lease = ledger_.lease(member.rank);
    return {.session = member.session,
            .run_id = run_id_,
            .last_applied = member.applied,
            .durable = keeps_checkpoints_ ? member.durable : nothing_to_keep,
            .merges = merges_,
            .rank = member.rank,
            .workers = static_cast<std::int32_t>(members_.size()),
            .credits = 1,
            .lease_begin = lease.begin,
            .lease_end = lease.end,
            .lease_share = lease.share,
            .fresh = fresh,
            .shards = static_cast<std::uint16_t>(shards_)};
  }
  static Ledger no_work(int workers) {
    return {std::vector<std::uint64_t>(static_cast<std::size_t>(workers)), 1, false, true};
  }
  std::vector<std::uint64_t> rows() const {
    std::vector<std::uint64_t> rows;
    rows.reserve(members_.size());
    for (const Member& member : members_) rows.push_back(member.part.rows);
    return rows;
  }
  static bool is_free(const Member& member) { return member.state == State::vacant; }
  /// The reason why a new worker's own rows cannot be used.
  std::optional<Refusal> problem_with(const DataPart& part) const {
    if (!ledger_of_parts_) return std::nullopt;
    if (part.rows == 0)
      return Refusal{TcpErrc::different_settings, "rows: the worker has none, or too many"};
    bool lost = false;
    for (const Member& member : members_) {
      if (member.part != part) continue;
      lost = lost || is_free(member);
      if (!is_free(member) && part.checksum != 0)  // it may have died, which is detected soon
        return Refusal{TcpErrc::no_room,
                       "rows: worker " + std::to_string(member.rank) + " has the same rows"};
    }
    if (begun_ && !lost)
      return Refusal{
          TcpErrc::different_settings,
          "rows: the run has begun without them, and only a lost worker's rows may return"};
    return std::nullopt;
  }
  /// If the data are partitioned, the rank with the same rows, when it is known.
  Member* free_rank(int wanted, const DataPart& part) {
    const bool by_part = ledger_of_parts_ && begun_;
    for (Member& member : members_) {
      const bool right = by_part ? member.part == part : wanted < 0 || wanted == member.rank;
      if (right && is_free(member)) return &member;
    }
    return nullptr;
  }
  void expect(Member& member) {
    member.state = State::expected;
    member.session = random_number() | 1;
  }
  /// A worker of an earlier hub reports the number of commits in that hub's center. Commits that
  /// are not in this center are missing until their workers send them again.
  void learn_of_lost_commits(std::uint64_t merges) {
    if (merges <= past_merges_) return;
    merges_ += merges - past_merges_;
    missing_commits_ += merges - past_merges_;
    past_merges_ = merges;
    for (Member& member : members_) {
      if (settle(member)) --merges_;
    }
  }
  /// Decides about a commit without a reply. If the earlier hub has reported merges to others since
  /// the worker's last reply, the commit counts as one of the missing ones.
  bool settle(Member& of) {
    if (!of.in_doubt || of.merges_at_reply >= past_merges_ || missing_commits_ == 0) return false;
    of.in_doubt = false;
    --missing_commits_;
    return true;
  }

  int shards_;
  bool keeps_checkpoints_;
  std::function<Ledger(std::span<const std::uint64_t>)> ledger_of_parts_;
  bool begun_;
  Fingerprint fingerprint_;
  Fingerprint own_fingerprint_;  ///< Its value before a worker has joined.
  Ledger ledger_;
  std::vector<Member> members_;
  std::uint64_t run_id_ = random_number();
  std::uint64_t merges_ = 0;           ///< Commits that are in the center, or were lost with a hub.
  std::uint64_t past_merges_ = 0;      ///< Commits of an earlier hub, as known to this one.
  std::uint64_t missing_commits_ = 0;  ///< Those of them that are not in the center.
  std::vector<std::uint64_t> forgotten_;  ///< Workers of a checkpoint that start again.
};

}  // namespace tributary::inline v0_1::detail
