// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/core/describe.hpp>
#include <tributary/core/fields.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <tributary/transport/detail/start_thread.hpp>
#include <tributary/transport/tcp/environment.hpp>
#include <tributary/transport/tcp/hub.hpp>
#include <tributary/transport/tcp/secret.hpp>
#include <tributary/transport/tcp/worker_end.hpp>
#include <tributary/transport/transport.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

template <Real S>
class TcpSession;

enum class TcpRole { hub, worker, all };

/// Several processes, on one machine or many, over Boost.Asio. The hub holds the center; the other
/// processes train, and threads of the hub may train, too. All processes run the same program with
/// the same model, rule, options and data, of which the hub assigns rows to workers. The hub refuses
/// a process that differs, and names the difference. Data are compared by their digest(), see
/// HasDigest, and models by their settings(), see HasSettings. Events and Sequential have both, exact
/// to the bit, so prepare the data once or in the same way everywhere. If each process has rows of
/// its own, set TrainOptions::data_placement.
///
///   Tcp{.role = Tcp::hub, .address = "0.0.0.0:7070", .workers = 4, .secret = secret}
///   Tcp{.role = Tcp::worker, .address = "host:7070", .secret = secret}
///
/// train() returns the final center in every process. Under asynchronous rules workers come and go
/// at any time, and others train on the rows of a lost worker. A commit goes into the center exactly
/// once, however often its connection breaks.
///
/// `CommitCodecT` and `ReplyCodecT` encode the vectors, see codec/codec.hpp. docs/protocol.md
/// specifies the messages.
template <class CommitCodecT = Lossless, class ReplyCodecT = Lossless>
struct BasicTcp {
  using CommitCodec = CommitCodecT;
  using ReplyCodec = ReplyCodecT;
  static_assert(
      !ForDifferences<ReplyCodec>,
      "tributary: replies are parameters, of which this codec leaves out too much: use it "
      "for commits, as in BasicTcp<TopK>");

  /// Commits may be parameters, and not only differences.
  static constexpr bool carries_parameters = !ForDifferences<CommitCodec>;

  using Role = TcpRole;
  static constexpr Role hub = Role::hub;
  static constexpr Role worker = Role::worker;

  Role role = Role::hub;
  std::string address{detail::default_address};  ///< The hub's, for both: host:port or unix:/path.
  int workers = 1;        ///< Hub: the largest number of workers at a time, local ones included.
  int local_workers = 0;  ///< Hub: the number of workers that are threads of this process.
  int rank = -1;          ///< Worker: the rank that it asks for; -1: any.
  Secret secret = {};     ///< Either end refuses a peer that does not know it.
  std::shared_ptr<const detail::StreamWrapper> tls = {};  ///< A Tls{...} of transport/tls.hpp.
  bool insecure = false;  ///< Hub: other machines may connect without a secret or TLS.
  CommitCodec codec = {};
  ReplyCodec reply_codec = {};
  /// Hub: the time to wait for missing workers, whose rows are reserved until then, and after a stop
  /// for the last commits. Worker: the time to wait for the hub.
  double join_seconds = 60;
  double rejoin_seconds = 10;  ///< Hub: the time that a disconnected worker keeps its rank.
  /// Worker: the time to reconnect to the hub, counted from the last commit that the hub has taken,
  /// or from the end of a connection that has held for as long; and the time to wait for the final
  /// parameters after hub and worker were stopped.
  double reconnect_seconds = 60;
  TcpTimeouts timeouts = {};
  OnLoss on_loss = OnLoss::go_on;  ///< Hub: the action when a worker has not come back.
  /// Hub: checkpoint file; none if empty. A restarted hub resumes from it, and loses no commit of a
  /// worker that is still there: workers send again whatever is not in the file. A run that was over,
  /// or that an observer has ended, returns its result at once. A file of other data or settings is
  /// an error. If the file is damaged, the one before it (….previous) is taken, and all workers begin
  /// anew. If the file cannot be written, the hub tries again, and workers that need it wait.
  /// Observers get a Notice of both. A lock (….lock) keeps other hubs from the file.
  std::filesystem::path checkpoint = {};
  double checkpoint_seconds = 1;  ///< The longest time between two checkpoints.
  /// Worker: memory for commits that are in no checkpoint yet.
  std::size_t kept_bytes = std::size_t{64} << 20;
  /// Hub: memory for commits that are being received; further workers wait. There is room for one
  /// commit at least, and under synchronous rules for one of each worker.
  std::size_t staged_bytes = std::size_t{1} << 30;
  /// Hub: merges the first part of a commit before the rest has arrived, under asynchronous rules,
  /// which is faster. If a worker dies in between, part of its last commit is in the center. Other
  /// merges and checkpoints do not wait for the rest: if the hub dies before it arrives, that part is
  /// in twice.
  bool relaxed_atomicity = false;
  std::size_t chunk_bytes = std::size_t{512}
                            << 10;  ///< The size of the pieces that vectors are cut in.
  /// Hub: connections per worker, with a thread at either end, among which each vector is divided.
  /// For large nets where one core cannot fill the network.
  int shards = 1;

  /// A hub and its workers in one process over loopback: for tests and first tries.
  static BasicTcp local(int workers) {
    return {.role = Role::all, .address = "127.0.0.1:0", .workers = workers};
  }
  /// One command line for every process: its environment says which one it is.
  ///
  /// TRIBUTARY_ROLE is hub or worker. A hub reads TRIBUTARY_WORKERS (1) and TRIBUTARY_LOCAL_WORKERS
  /// (0), a worker TRIBUTARY_RANK (any). Without a role, of the tasks of one srun, mpirun or mpiexec
  /// task 0 is the hub, in which one thread trains too, and the others are workers of their ranks.
  ///
  /// TRIBUTARY_ADDRESS is 127.0.0.1:29500 if it is not set; but port 29500 of the first node if srun
  /// has started tasks on several, and of other launchers' tasks on several machines it is required.
  /// The key is in TRIBUTARY_SECRET, or in the file TRIBUTARY_SECRET_FILE; without one there is none.
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

  /// Whether the environment makes this process one of several: it has a TRIBUTARY_ROLE, or is a task
  /// of a launcher.
  static bool has_role_in_environment() { return detail::has_role_in_environment(); }

  static constexpr bool supports(Schedule) noexcept { return true; }
  void validate() const {
    require(workers >= 1 && workers <= max_workers, "Tcp::workers", workers, "in [1, 65536]");
    require(local_workers >= 0 && local_workers <= workers, "Tcp::local_workers", local_workers,
            "in [0, workers]");
    require(rank >= -1, "Tcp::rank", rank, "a rank, or -1 for any");
    require(join_seconds > 0, "Tcp::join_seconds", join_seconds, "positive");
    require(rejoin_seconds >= 0, "Tcp::rejoin_seconds", rejoin_seconds, "zero or positive");
    require(reconnect_seconds > 0, "Tcp::reconnect_seconds", reconnect_seconds, "positive");
    require(chunk_bytes >= 4096 && chunk_bytes <= max_frame_bytes, "Tcp::chunk_bytes", chunk_bytes,
            "in [4096, 4194304]");
    require(shards >= 1 && shards <= max_shards, "Tcp::shards", shards, "in [1, 64]");
    require(shards == 1 || !relaxed_atomicity, "Tcp::shards", shards,
            "1 where relaxed_atomicity is on");
    require(checkpoint_seconds > 0, "Tcp::checkpoint_seconds", checkpoint_seconds, "positive");
    timeouts.validate();
    codec.validate();
    reply_codec.validate();
    static_cast<void>(detail::Address{address});
  }
  /// What is known before the processes have met.
  Topology topology() const {
    return {.workers = role == Role::worker ? 1 : workers, .holds_center = role != Role::worker};
  }
  /// The hub listens; a worker connects and learns its rank, or is stopped before. Throws TcpError.
  template <Real S>
  TcpSession<S> meet(const RunPlan& plan, const Vector<S>& initial,
                     const std::stop_token& stop = {}) const {
    const detail::Codecs<S> codecs{detail::AnyCodec<S>{codec}, detail::AnyCodec<S>{reply_codec}};
    RunPlan with_codecs = plan;
    for (const auto& described : {describe_settings("Tcp::codec", codec),
                                  describe_settings("Tcp::reply_codec", reply_codec)}) {
      auto& fields = with_codecs.fingerprint.fields;
      fields.insert(fields.end(), described.begin(), described.end());
    }
    return {without_codecs(), codecs, with_codecs, initial, stop};
  }

  // For the ends.

  /// The sessions of all codecs are of one type.
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

  std::unique_ptr<detail::ByteStream> open(std::unique_ptr<detail::PlainStream> plain) const {
    if (tls && plain) return tls->at_worker(std::move(plain), detail::Address{address});
    return plain;
  }
  std::unique_ptr<detail::ByteStream> open_at_hub(
      std::unique_ptr<detail::PlainStream> plain) const {
    if (tls) return tls->at_hub(std::move(plain));
    return plain;
  }
  /// For how long who waits looks again and again before it sleeps: not where others need the core.
  static detail::Clock::duration spin(int connections) {
    const bool free = static_cast<unsigned>(connections) < std::thread::hardware_concurrency();
    return std::chrono::microseconds{free ? 50 : 0};
  }
};
using Tcp = BasicTcp<>;
static_assert(detail::count_fields<Tcp, 30>() == 22, "all but the codecs are in without_codecs()");

/// Processes that have met.
template <Real S>
class TcpSession {
  using Link = detail::WorkerEnd<Tcp, S>;

 public:
  TcpSession(const Tcp& settings, const detail::Codecs<S>& codecs, const RunPlan& plan,
             const Vector<S>& initial, const std::stop_token& stop = {})
      : parts_{std::make_unique<Parts>(settings, codecs, plan)} {
    Parts& parts = *parts_;
    if (plan.ledger_of_parts) {
      const bool all = settings.role == Tcp::Role::all;
      require(!all, "Tcp::role", "all", "hub or worker where each worker has rows of its own");
      require(settings.local_workers <= 1, "Tcp::local_workers", settings.local_workers,
              "0 or 1 where each process has rows of its own");
    }
    if (settings.role == Tcp::Role::worker) {
      parts.link =
          std::make_unique<Link>(parts.settings, parts.codecs, detail::Address{settings.address},
                                 parts.plan, initial, settings.rank);
      const std::stop_callback by_user{stop, [&] { parts.link->give_up_waiting(); }};
      if (!parts.link->meet()) parts.initial = initial;
    } else {
      const detail::Address address{settings.address};
      if (!settings.insecure && settings.secret.empty() && !settings.tls &&
          !address.is_local(parts.context))
        throw std::invalid_argument{
            "Tcp::address = " + settings.address +
            " can be reached from other machines: set Tcp::secret, such as "
            "Secret::from_file(path), Tcp::tls, or insecure = true if all who can reach it may "
            "take part"};
      parts.acceptor = std::make_unique<detail::Acceptor>(detail::listen(parts.context, address));
    }
  }

  /// Of the hub, with the port that the system has chosen where it was to.
  std::string address() const {
    const std::string& asked = parts_->settings.address;
    if (!parts_->acceptor || detail::Address{asked}.is_path()) return asked;
    const auto endpoint = parts_->acceptor->local_endpoint();
    detail::asio::ip::tcp::endpoint ip;
    ip.resize(endpoint.size());
    std::memcpy(ip.data(), endpoint.data(), endpoint.size());
    return asked.substr(0, asked.rfind(':') + 1) + std::to_string(ip.port());
  }
  Topology topology() const {
    const Tcp& settings = parts_->settings;
    if (parts_->link) {
      const Terms& terms = parts_->link->terms();
      return {.workers = terms.workers, .local_ranks = {terms.rank}, .holds_center = false};
    }
    Topology topology = whole_run(settings.workers);
    if (settings.role == Tcp::Role::hub)
      topology.local_ranks.resize(static_cast<std::size_t>(settings.local_workers));
    return topology;
  }

  Delivery run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
               std::stop_token stop) const {
    Parts& parts = *parts_;
    const FlushDenormals guard;
    if (parts.link && !parts.link->has_met()) {  // it was stopped before: it ends as it began
      center.assign(parts.initial);
      return {};
    }
    if (parts.link) return work(*parts.link, *local.front(), stop, &center);
    detail::TcpHub<Tcp, S> hub{parts.settings, parts.codecs, parts.plan, *parts.acceptor, center};
    if (parts.settings.role == Tcp::Role::hub) {
      Delivery delivery = hub.run(local, stop);
      delivery.threads = parts.settings.local_workers;
      return delivery;
    }

    // Who fails ends the run for all, as among threads.
    const std::string here = address();
    const Vector<S> initial = center.parameters();
    std::stop_source halt;
    const std::stop_callback by_user{stop, [&] { halt.request_stop(); }};
    std::exception_ptr of_worker, of_hub, of_connection;  // the first of each; they tell most first
    std::mutex mutex;
    const auto fail = [&](std::exception_ptr& failure) {
      const std::scoped_lock lock{mutex};
      if (!failure) failure = std::current_exception();
      halt.request_stop();
    };
    std::vector<std::jthread> threads;
    const auto start = [&](AnyWorker<S>& worker) {
      threads.push_back(detail::start_thread(
          "worker " + std::to_string(worker.rank()), [&](const std::stop_token& over) {
            const FlushDenormals flush;
            try {
              Link link{parts.settings, parts.codecs, detail::Address{here},
                        parts.plan,     initial,      worker.rank()};
              const std::stop_callback is_over{over, [&] { link.give_up_waiting(); }};
              if (link.meet()) work(link, worker, {}, nullptr);
            } catch (const TcpError&) {
              fail(of_connection);
            } catch (...) {
              fail(of_worker);
            }
          }));
    };
    Delivery delivery;
    try {
      for (AnyWorker<S>* const worker : local) start(*worker);
      delivery = hub.run({}, halt.get_token());
    } catch (...) {
      fail(of_hub);
    }
    threads.clear();  // tells them to stop, and joins
    for (const auto& failure : {of_worker, of_hub, of_connection})
      if (failure) std::rethrow_exception(failure);
    delivery.threads = parts.settings.workers;
    return delivery;
  }

 private:
  struct Parts {
    Parts(const Tcp& s, const detail::Codecs<S>& c, const RunPlan& p)
        : settings{s}, codecs{c}, plan{p} {}
    Tcp settings;
    detail::Codecs<S> codecs;
    RunPlan plan;
    detail::asio::io_context context;
    std::unique_ptr<detail::Acceptor> acceptor;
    std::unique_ptr<Link> link;
    Vector<S> initial = {};  ///< Of a worker that has not met the hub.
  };

  /// Over a link to the hub.
  struct Port final : detail::WorkerPort<S> {
    using typename detail::WorkerPort<S>::Start, typename detail::WorkerPort<S>::Reply;

    explicit Port(Link& l) : link{l} {}

    std::optional<Start> begin() override {
      while (!std::exchange(begun, true) || link.begins_again()) {
        if (const Vector<S>* const parameters = link.pull())
          return Start{parameters, link.rank(), link.workers(), link.lease()};
      }
      return std::nullopt;
    }
    void post(const CommitHeader& header, const Vector<S>& commit, int) override {
      link.post(header, commit);
    }
    Reply await(int) override {
      const Vector<S>* const reply = link.await();
      if (!reply) return {};
      return {reply, link.workers(), link.lease_end()};
    }
    std::optional<Lease> next_lease() override {
      if (link.next_lease()) return link.lease();
      return std::nullopt;
    }

    Link& link;
    bool begun = false;
  };
  static Delivery work(Link& link, AnyWorker<S>& worker, const std::stop_token& stop,
                       AnyCenter<S>* center) {
    const Stopwatch clock;
    std::stop_source halt;
    const std::stop_callback by_hub{link.stop_token(), [&] { halt.request_stop(); }};
    const std::stop_callback by_user{stop, [&] {
                                       link.give_up_waiting();
                                       halt.request_stop();
                                     }};
    try {
      Port port{link};
      detail::run_worker<S>(worker, port, halt.get_token());
    } catch (const TcpError&) {
      throw;
    } catch (const TrainingDiverged& failure) {
      link.part({.failure = failure.what(), .diverged = true});
      throw;
    } catch (const std::exception& failure) {
      link.part({.failure = failure.what()});
      throw;
    } catch (...) {
      link.part({.failure = "an exception of an unknown type"});
      throw;
    }
    const Vector<S>& last = link.part();
    if (center) center->assign(last);
    return {
        .seconds = clock.seconds(), .bytes = link.bytes(), .resent = link.resent(), .threads = 1};
  }

  std::unique_ptr<Parts> parts_;
};

}  // namespace tributary::inline v0_1
