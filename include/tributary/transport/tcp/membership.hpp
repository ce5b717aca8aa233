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

/// A hub's workers: who has which rank and where it is, what it has to do, and how many of its
/// commits are in the center and in a checkpoint. Passive, like the ledger that it keeps: no input,
/// no output, and threads that share it need a lock.
class Membership {
 public:
  enum class Presence {
    vacant,    ///< Nobody has the rank.
    local,     ///< A thread of this process.
    expected,  ///< Somebody is being let in.
    present,   ///< It has a connection.
    away,      ///< Its connection is lost, and may be made anew.
    parting,   ///< Its worker is done.
  };
  struct Member {
    int rank;
    Presence presence = Presence::vacant;
    bool reserved = false;  ///< The run waits for a first worker of the rank, see release().
    bool served = false;    ///< A thread talks with its worker.
    bool restored = false;  ///< It has not come since the hub was started again,
    bool returned = false;  ///< or it has.
    bool missing = false;   ///< It was lost, or has never come.
    std::uint64_t worker_id = 0;
    std::uint64_t session = 0;
    std::uint64_t applied = 0;       ///< The last one of its commits that is in the center,
    std::uint64_t durable = 0;       ///< that is in a checkpoint,
    std::uint64_t begins_after = 0;  ///< and that its lease came with the reply to.
    std::uint64_t acknowledged = 0;  ///< The last one that a hub before this one has replied to,
    std::uint64_t told = 0;          ///< and the merges that it told with the reply.
    bool unsure = false;  ///< The next one has come: the hub before may have had it, too.
    Time away_since = {};
    DataPart part =
        {};  ///< Its own rows, where each worker has others; none before they are known.
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
                          .presence = local ? Presence::local : Presence::vacant,
                          .reserved = !local,
                          .part = local ? part : DataPart{}});
    }
    own_fingerprint_ = fingerprint_;
  }

  /// By their ranks.
  std::span<Member> members() noexcept { return members_; }
  Member& member(int rank) { return members_[static_cast<std::size_t>(rank)]; }
  /// Null if there is none of this id.
  Member* find(std::uint64_t worker_id) {
    const auto found = std::ranges::find(members_, worker_id, &Member::worker_id);
    return found == members_.end() ? nullptr : &*found;
  }
  /// Null if nobody has this session any more.
  Member* of_session(std::uint64_t session) {
    const auto found = std::ranges::find(members_, session, &Member::session);
    return session == 0 || found == members_.end() ? nullptr : &*found;
  }
  bool any_in(std::initializer_list<Presence> these) const {
    return std::ranges::any_of(members_, [&](const Member& member) {
      return std::ranges::find(these, member.presence) != these.end();
    });
  }
  Ledger& ledger() noexcept { return ledger_; }
  /// What is to be done is known. From the start, unless each worker has rows of its own.
  bool begun() const noexcept { return begun_; }
  bool finished() const noexcept { return begun_ && ledger_.finished(); }
  bool knows_all_parts() const {
    return std::ranges::none_of(members_, [](const Member& m) { return m.part.rows == 0; });
  }
  /// Work is handed out for the rows that are known now. Throws std::invalid_argument.
  void begin() {
    ledger_ = ledger_of_parts_(rows());
    begun_ = true;
    for (const Member& member : members_) {
      if (member.part.rows > 0) ledger_.begin(member.rank);
    }
  }
  /// Somebody does what nobody else could.
  bool works() const {
    return std::ranges::any_of(members_, [&](const Member& member) {
      const Presence presence = member.presence;
      return (presence == Presence::present || presence == Presence::local ||
              presence == Presence::away || presence == Presence::expected) &&
             !ledger_.spent(member.rank);
    });
  }
  /// Commits of the past that no worker has brought again.
  std::uint64_t missing_commits() const noexcept { return missing_commits_; }

  /// A rank for a worker that has shown who it is, or why not. Until it is present or has left() it
  /// is kept. `over`: the run is.
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
      return Refusal{TcpErrc::wrong_run, "this is another run: the hub has begun anew"};
    if (offer.worker_id == 0) return Refusal{TcpErrc::malformed};
    Member* const known = find(offer.worker_id);
    if (offer.shard > 0) {  // of a worker that has been let in
      if (!known || known->session != offer.session || offer.shard >= shards_)
        return Refusal{TcpErrc::wrong_session, "a shard of no worker that is here"};
      return terms(*known, false);
    }
    if (known) {
      if (known->presence != Presence::away)
        return Refusal{TcpErrc::duplicate_worker, "a worker of this id is there already"};
      expect(*known);
      if (std::exchange(known->restored, false)) {
        known->returned = true;
        if (offer.acknowledged > known->acknowledged || known->told == 0) {
          known->acknowledged = offer.acknowledged;
          known->told = offer.merges;
        }
        hear_of_the_past(offer.merges);
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
    if (!free) return Refusal{TcpErrc::no_room, "every seat is taken"};
    if (std::erase(forgotten_, offer.worker_id) > 0) hear_of_the_past(offer.merges);
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
  /// Who was expected does not come.
  void left(Member& member) {
    if (member.presence != Presence::expected) return;
    if (member.served) return lose_connection(member);
    vacate(member);
  }
  /// A thread talks with its worker, and with nobody else until the rank is vacated.
  void serve(Member& member) { member.served = true, member.reserved = false; }
  /// The time for the first worker of the rank is up: nobody waits for one, and the rank is missing.
  /// False if the rank is not reserved.
  bool release(Member& member) {
    if (!std::exchange(member.reserved, false)) return false;
    member.missing = true;
    return true;
  }
  bool reserves() const { return std::ranges::count(members_, true, &Member::reserved) > 0; }
  /// Nobody waits any longer for who is away: until it is vacated the rank is nobody's.
  void give_up(Member& member) { member.presence = Presence::parting; }
  void lose_connection(Member& member) {
    member.presence = Presence::away;
    member.away_since = Clock::now();
  }
  /// It has left, or is given up: what it has not done is there for others.
  void vacate(Member& member) {
    member.presence = Presence::vacant;
    member.worker_id = member.session = 0;
    member.served = false;
    if (!begun_) {
      member.part = {};
      if (std::ranges::all_of(members_, [](const Member& m) { return m.part.rows == 0; }))
        fingerprint_ = own_fingerprint_;
    }
    ledger_.lose(member.rank);
  }
  /// How many are not missing now.
  int set_missing(Member& member, bool missing) {
    member.missing = missing;
    return workers();
  }
  int workers() const {
    return static_cast<int>(std::ranges::count(members_, false, &Member::missing));
  }

  /// A commit is in the center.
  void merged(const CommitHeader& header) {
    Member& of = member(header.worker);
    ++of.applied;
    if (of.returned && of.applied == of.acknowledged + 1) of.unsure = true;
    if (of.applied <= of.acknowledged && missing_commits_ > 0) {
      --missing_commits_;
    } else if (!settle(of)) {
      ++merges_;
    }
    ledger_.merged(header.worker, static_cast<std::uint64_t>(header.steps));
  }
  /// A lease for a worker that has none left; nothing if there is none at this moment. What those
  /// have to do who have not come yet is kept for them, unless the run is to end.
  std::optional<Lease> next_lease(int rank, bool ending) {
    if (!ending && reserves()) return std::nullopt;
    return ledger_.next(rank);
  }
  /// What a worker goes on with after the reply to its commit of this number; 0: after no reply.
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

  /// How far each worker is.
  struct Mark {
    std::uint64_t worker_id, applied;
  };
  std::vector<Mark> marks() const {
    std::vector<Mark> marks;
    marks.reserve(members_.size());
    for (const Member& member : members_) marks.push_back({member.worker_id, member.applied});
    return marks;
  }
  /// What was so when these were made is in a checkpoint.
  void made_durable(const std::vector<Mark>& marks) {
    for (std::size_t i = 0; i < marks.size(); ++i) {
      if (members_[i].worker_id == marks[i].worker_id) members_[i].durable = marks[i].applied;
    }
  }

  /// Without the data, where each worker has rows of its own; complete with the first of them.
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
                 member.told, member.unsure);
  }
  /// What a hub before this one has saved of a run, whose workers are away now. After an error this
  /// membership is of no use.
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
    past_ = merges_;
    for (Member& member : members_) {
      const Status right =
          restore_state(from, member.worker_id, member.applied, member.begins_after,
                        member.acknowledged, member.told, member.unsure);
      if (!right) return right;
      if (member.presence == Presence::local) member.worker_id = 0;
      if (member.worker_id == 0) {  // whoever had the rank does not come back
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
  /// Of an older checkpoint than the newest: what workers have done since cannot be told from what
  /// it holds, so all of them begin anew.
  void forget_workers() {
    for (Member& member : members_) {
      if (member.worker_id != 0) forgotten_.push_back(member.worker_id);
      ledger_.lose(member.rank);
      const bool local = member.presence == Presence::local;
      member = {.rank = member.rank,
                .presence = local ? Presence::local : Presence::vacant,
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
  static bool is_free(const Member& member) { return member.presence == Presence::vacant; }
  /// Why a newcomer's own rows are of no use.
  std::optional<Refusal> problem_with(const DataPart& part) const {
    if (!ledger_of_parts_) return std::nullopt;
    if (part.rows == 0)
      return Refusal{TcpErrc::different_settings, "rows: it has none, or too many"};
    bool lost = false;
    for (const Member& member : members_) {
      if (member.part != part) continue;
      lost = lost || is_free(member);
      if (!is_free(member) && part.checksum != 0)  // it may have died, which shows soon
        return Refusal{TcpErrc::no_room,
                       "rows: worker " + std::to_string(member.rank) + " has the same ones"};
    }
    if (begun_ && !lost)
      return Refusal{
          TcpErrc::different_settings,
          "rows: the run has begun without them, and only a lost worker's may come back"};
    return std::nullopt;
  }
  /// With parts of the data, that of the same rows once it is known.
  Member* free_rank(int wanted, const DataPart& part) {
    const bool by_part = ledger_of_parts_ && begun_;
    for (Member& member : members_) {
      const bool right = by_part ? member.part == part : wanted < 0 || wanted == member.rank;
      if (right && is_free(member)) return &member;
    }
    return nullptr;
  }
  void expect(Member& member) {
    member.presence = Presence::expected;
    member.session = random_number() | 1;
  }
  /// A worker has outlived a hub, and knows how many commits were in that one's center. Commits that
  /// are not in this center are missing until their workers bring them again.
  void hear_of_the_past(std::uint64_t merges) {
    if (merges <= past_) return;
    merges_ += merges - past_;
    missing_commits_ += merges - past_;
    past_ = merges;
    for (Member& member : members_) {
      if (settle(member)) --merges_;
    }
  }
  /// The commit to which a worker had no reply is one of those that are missing, if the hub before
  /// has told others of commits since the worker's last reply: in doubt it is.
  bool settle(Member& of) {
    if (!of.unsure || of.told >= past_ || missing_commits_ == 0) return false;
    of.unsure = false;
    --missing_commits_;
    return true;
  }

  int shards_;
  bool keeps_checkpoints_;
  std::function<Ledger(std::span<const std::uint64_t>)> ledger_of_parts_;
  bool begun_;
  Fingerprint fingerprint_;
  Fingerprint own_fingerprint_;  ///< As it is before there is a worker.
  Ledger ledger_;
  std::vector<Member> members_;
  std::uint64_t run_id_ = random_number();
  std::uint64_t merges_ = 0;  ///< Commits that are or, before a hub died, were in the center.
  std::uint64_t past_ = 0;    ///< Those of which this hub knows that were in it before.
  std::uint64_t missing_commits_ = 0;     ///< Of those, the ones that are not in it now.
  std::vector<std::uint64_t> forgotten_;  ///< Workers of a checkpoint that begin anew.
};

}  // namespace tributary::inline v0_1::detail
