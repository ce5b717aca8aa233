// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <tributary/center/any_center.hpp>
#include <tributary/codec/codec.hpp>
#include <tributary/codec/lossless.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/fields.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/checkpoint_options.hpp>
#include <tributary/transport/fingerprint.hpp>
#include <tributary/transport/tcp/environment.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/secret.hpp>
#include <tributary/transport/tcp/vectors.hpp>
#include <tributary/transport/transport.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>

namespace tributary::inline v0_1 {

template <Real S>
class TcpSession;

namespace detail {
class StreamWrapper;
/// Throws std::invalid_argument unless it is host:port or unix:/path.
void validate_address(const std::string& address);
}  // namespace detail

/// Several processes, on one machine or many, over Boost.Asio. The hub holds the center. The other
/// processes train; threads of the hub may also train. All processes run the same program with the
/// same model, rule, options and data, and the hub assigns rows to workers. The hub refuses a
/// process that differs, and names the difference. Data are compared by their digest(), see
/// HasDigest, and models by their settings(), see HasSettings. Events and Sequential have both. The
/// comparison is exact to the bit, so prepare the data once or in the same way everywhere. If each
/// process has rows of its own, set TrainOptions::data_placement.
///
///   Tcp{.role = Tcp::hub, .address = "0.0.0.0:7070", .workers = 4, .secret = secret}
///   Tcp{.role = Tcp::worker, .address = "host:7070", .secret = secret}
///
/// train() returns the final center in every process. Under asynchronous rules workers may join and
/// leave at any time, and others train on the rows of a lost worker. A commit is merged exactly
/// once, even if connections break.
///
/// `CommitCodecT` and `ReplyCodecT` encode the vectors, see codec/codec.hpp. docs/protocol.md
/// specifies the messages.
template <class CommitCodecT = Lossless, class ReplyCodecT = Lossless>
struct BasicTcp {
  using CommitCodec = CommitCodecT;
  using ReplyCodec = ReplyCodecT;
  static_assert(!ForDifferences<ReplyCodec>,
                "tributary: replies are parameters, and this codec loses too much of them: use it "
                "for commits, as in BasicTcp<TopK>");

  /// Whether commits may be parameters, and not only differences.
  static constexpr bool carries_parameters = !ForDifferences<CommitCodec>;
  /// See TrainOptions::recording. Not with checkpoints, relaxed_atomicity or another codec than
  /// Lossless.
  static constexpr bool records_runs = true;

  /// The hub does: TrainOptions::checkpoint is its setting, too.
  static constexpr bool writes_checkpoints = true;

  using Role = TcpRole;
  static constexpr Role hub = Role::hub;
  static constexpr Role worker = Role::worker;

  Role role = Role::hub;
  /// The hub's address, for both roles: host:port or unix:/path.
  std::string address{detail::default_address};
  int workers = 1;        ///< Hub: the largest number of workers at a time, local ones included.
  int local_workers = 0;  ///< Hub: the number of workers that are threads of this process.
  int rank = -1;          ///< Worker: the requested rank; -1: any.
  Secret secret = {};     ///< Hub and worker refuse a peer that does not know it.
  std::shared_ptr<const detail::StreamWrapper> tls = {};  ///< A Tls{...} of transport/tls.hpp.
  bool insecure = false;  ///< Hub: other machines may connect without a secret or TLS.
  CommitCodec codec = {};
  ReplyCodec reply_codec = {};
  /// Hub: the time to wait for missing workers, and after a stop for the last commits. Until then
  /// the rows of missing workers are reserved. Worker: the time to wait for the hub.
  double join_seconds = 60;
  double rejoin_seconds = 10;  ///< Hub: the time that a disconnected worker keeps its rank.
  /// Worker: the time to reconnect to the hub. It is counted from the last commit that the hub has
  /// accepted, or from the end of a connection that has lasted at least this time. Also the time to
  /// wait for the final parameters after hub and worker were stopped.
  double reconnect_seconds = 60;
  TcpTimeouts timeouts = {};
  OnLoss on_loss = OnLoss::go_on;  ///< Hub: the action if a worker does not come back.
  /// Hub: checkpoint file; none if empty. TrainOptions::checkpoint sets it too. A restarted hub resumes from it. It loses no commit of a
  /// worker that is still running, because workers send the commits again that are not in the file.
  /// A run that was finished, or that an observer has ended, returns its result at once. A file of
  /// other data or settings is an error. If the file is damaged, the one before it (….previous) is
  /// used, and all workers start again. If the file cannot be written, the hub tries again, and
  /// workers that need it wait. In both cases observers get a Notice. A lock (….lock) keeps other
  /// hubs from the file.
  std::filesystem::path checkpoint = {};
  double checkpoint_seconds = 1;  ///< The longest time between two checkpoints.
  /// Worker: memory for commits that are not in a checkpoint yet.
  std::size_t kept_bytes = std::size_t{64} << 20;
  /// Hub: memory for commits that are being received; further workers wait. There is always room
  /// for one commit, and under synchronous rules for one of each worker.
  std::size_t staged_bytes = std::size_t{1} << 30;
  /// Hub, under asynchronous rules: merges the first part of a commit before the rest has arrived,
  /// which is faster. If a worker dies in between, only part of its last commit is in the center.
  /// Other merges and checkpoints do not wait for the rest. If the hub dies before the rest
  /// arrives, the first part is merged twice.
  bool relaxed_atomicity = false;
  /// The size of the pieces in which vectors are sent.
  std::size_t chunk_bytes = std::size_t{512} << 10;
  /// Hub: connections per worker, with one thread each at hub and worker. Each vector is divided
  /// into as many shards, one for each. Use it for large nets if one core cannot fill the
  /// network.
  int shards = 1;

  /// A hub and its workers in one process over loopback, for tests and first experiments.
  static BasicTcp local(int workers) {
    return {.role = Role::all, .address = "127.0.0.1:0", .workers = workers};
  }
  /// Settings from the environment, so that every process can have the same command line.
  ///
  /// TRIBUTARY_ROLE is hub or worker. A hub reads TRIBUTARY_WORKERS (default 1) and
  /// TRIBUTARY_LOCAL_WORKERS (default 0); a worker reads TRIBUTARY_RANK (default: any). Without a
  /// role, task 0 of an srun, mpirun or mpiexec is the hub, with one local worker. The other tasks
  /// are workers, with their task number as rank.
  ///
  /// The default of TRIBUTARY_ADDRESS is 127.0.0.1:29500. If srun has started tasks on several
  /// nodes, it is port 29500 of the first node. With other launchers on several machines there is
  /// no default. The key is in TRIBUTARY_SECRET, or in the file TRIBUTARY_SECRET_FILE. If both are
  /// unset, there is no key.
  ///
  /// Throws std::invalid_argument that names the variable, or FileError.
  static BasicTcp from_environment() {
    detail::TcpPlace place = detail::place_from_environment();
    return {.role = place.is_hub ? Role::hub : Role::worker,
            .address = std::move(place.address),
            .workers = place.workers,
            .local_workers = place.local_workers,
            .rank = place.rank,
            .secret = std::move(place.secret)};
  }

  /// Whether the environment says that this process is one of several: TRIBUTARY_ROLE is set, or a
  /// launcher has started it.
  static bool has_role_in_environment() { return detail::has_role_in_environment(); }

  static constexpr bool supports(Schedule) noexcept { return true; }
  void validate() const {
    require(workers >= 1 && workers <= max_workers, "Tcp::workers", workers, "in [1, 65536]");
    require(local_workers >= 0 && local_workers <= workers, "Tcp::local_workers", local_workers,
            "in [0, workers]");
    require(role != Role::all || local_workers == 0, "Tcp::local_workers", local_workers,
            "0 with local(), whose workers all connect to the hub");
    require(rank >= -1, "Tcp::rank", rank, "a rank, or -1 for any");
    require(join_seconds > 0, "Tcp::join_seconds", join_seconds, "positive");
    require(rejoin_seconds >= 0, "Tcp::rejoin_seconds", rejoin_seconds, "zero or positive");
    require(reconnect_seconds > 0, "Tcp::reconnect_seconds", reconnect_seconds, "positive");
    require(chunk_bytes >= 4096 && chunk_bytes <= max_frame_bytes, "Tcp::chunk_bytes", chunk_bytes,
            "in [4096, 4194304]");
    require(shards >= 1 && shards <= max_shards, "Tcp::shards", shards, "in [1, 64]");
    require(shards == 1 || !relaxed_atomicity, "Tcp::shards", shards,
            "1 if relaxed_atomicity is on");
    require(checkpoint_seconds > 0, "Tcp::checkpoint_seconds", checkpoint_seconds, "positive");
    timeouts.validate();
    codec.validate();
    reply_codec.validate();
    detail::validate_address(address);
  }
  /// The part of the topology that is known before the processes have met.
  Topology topology() const {
    return {.workers = role == Role::worker ? 1 : workers, .holds_center = role != Role::worker};
  }
  /// The hub listens. A worker connects and gets its rank, unless it is stopped before. Throws
  /// TcpError.
  template <Real S>
  TcpSession<S> meet(const RunPlan& plan, const Vector<S>& initial,
                     const std::stop_token& stop = {}) const {
    const detail::Codecs<S> codecs{detail::AnyCodec<S>{codec}, detail::AnyCodec<S>{reply_codec}};
    RunPlan with_codecs = plan;
    for (const auto& described :
         {describe_settings("Tcp::codec", codec, "Tcp::codec."),
          describe_settings("Tcp::reply_codec", reply_codec, "Tcp::reply_codec.")}) {
      auto& fields = with_codecs.fingerprint.fields;
      fields.insert(fields.end(), described.begin(), described.end());
    }
    BasicTcp<> settings = without_codecs();
    if (!plan.checkpoint.file.empty() && role != Role::worker) {
      const CheckpointOptions& wanted = plan.checkpoint;
      require(checkpoint.empty(), "Tcp::checkpoint", checkpoint.string(),
              "empty if TrainOptions::checkpoint is set");
      require(wanted.every_merges == 0, "CheckpointOptions::every_merges", wanted.every_merges,
              "0 over Tcp");
      settings.checkpoint = wanted.file;
      settings.checkpoint_seconds = wanted.every_seconds;
    }
    return {settings, codecs, with_codecs, initial, stop};
  }

  /// The same settings without the codecs, so that all codecs have the same session type.
  BasicTcp<> without_codecs() const {
    return {.role = role,
            .address = address,
            .workers = workers,
            .local_workers = local_workers,
            .rank = rank,
            .secret = secret,
            .tls = tls,
            .insecure = insecure,
            .join_seconds = join_seconds,
            .rejoin_seconds = rejoin_seconds,
            .reconnect_seconds = reconnect_seconds,
            .timeouts = timeouts,
            .on_loss = on_loss,
            .checkpoint = checkpoint,
            .checkpoint_seconds = checkpoint_seconds,
            .kept_bytes = kept_bytes,
            .staged_bytes = staged_bytes,
            .relaxed_atomicity = relaxed_atomicity,
            .chunk_bytes = chunk_bytes,
            .shards = shards};
  }
};
using Tcp = BasicTcp<>;
static_assert(detail::count_fields<Tcp, 30>() == 22,
              "without_codecs() copies all fields except the codecs");

/// The session of a process after it has met the others.
template <Real S>
class TcpSession {
 public:
  TcpSession(const Tcp& settings, const detail::Codecs<S>& codecs, const RunPlan& plan,
             const Vector<S>& initial, const std::stop_token& stop = {});
  TcpSession(TcpSession&&) noexcept;
  TcpSession& operator=(TcpSession&&) noexcept;
  ~TcpSession();

  /// The hub's address. Port 0 is replaced by the port that the system has chosen.
  std::string address() const;
  Topology topology() const;
  Delivery run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
               std::stop_token stop) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tributary::inline v0_1

#ifndef TRIBUTARY_COMPILED
#include <tributary/transport/tcp/session.ipp>
#endif
