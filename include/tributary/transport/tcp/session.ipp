// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/center/any_center.hpp>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/training_diverged.hpp>
#include <tributary/data/lease.hpp>
#include <tributary/rule/commit.hpp>
#include <tributary/transport/detail/flush_denormals.hpp>
#include <tributary/transport/detail/run_worker.hpp>
#include <tributary/transport/detail/start_thread.hpp>
#include <tributary/transport/detail/stopwatch.hpp>
#include <tributary/transport/simulated/link.hpp>
#include <tributary/transport/tcp.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/hub.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <tributary/transport/tcp/worker_end.hpp>
#include <tributary/transport/transport.hpp>
#include <tributary/worker/any_worker.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

namespace detail {

TRIBUTARY_INLINE void validate_address(const std::string& address) {
  static_cast<void>(Address{address});
}

/// A worker's port over its link to the hub.
template <Real S>
struct TcpPort final : WorkerPort<S> {
  using typename WorkerPort<S>::Start, typename WorkerPort<S>::Reply;

  explicit TcpPort(WorkerEnd<Tcp, S>& l) : link{l} {}

  std::optional<Start> begin() override {
    const Vector<S>* parameters = nullptr;
    if (!std::exchange(begun, true)) {
      parameters = link.pull();
    } else if (link.waits() && !link.begins_again()) {
      parameters = link.pull_next();
    }
    while (!parameters && link.begins_again()) parameters = link.pull();
    if (!parameters) return std::nullopt;
    return Start{parameters, link.rank(), link.workers(), link.lease()};
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

  WorkerEnd<Tcp, S>& link;
  bool begun = false;
};
/// Runs a worker over its link; `center` gets the final parameters, if it is not null.
template <Real S>
Delivery work(WorkerEnd<Tcp, S>& link, AnyWorker<S>& worker, const std::stop_token& stop,
              AnyCenter<S>* center) {
  const Stopwatch clock;
  std::stop_source halt;
  const std::stop_callback by_hub{link.stop_token(), [&] { halt.request_stop(); }};
  const std::stop_callback by_user{stop, [&] {
                                     link.give_up_waiting();
                                     halt.request_stop();
                                   }};
  try {
    TcpPort<S> port{link};
    run_worker<S>(worker, port, halt.get_token());
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
  return {.seconds = clock.seconds(), .bytes = link.bytes(), .resent = link.resent(), .threads = 1};
}

/// Throws std::invalid_argument if a hub with these settings cannot record its run.
template <Real S>
void require_recordable(const Tcp& settings, const Codecs<S>& codecs) {
  require(settings.checkpoint.empty(), "Tcp::checkpoint", settings.checkpoint.string(),
          "empty in a recorded run");
  require(!settings.relaxed_atomicity, "Tcp::relaxed_atomicity", "true", "false in a recorded run");
  require(codecs.commits.is_memory && codecs.replies.is_memory, "Tcp::codec", "another codec",
          "Lossless in a recorded run, like reply_codec");
}

}  // namespace detail

template <Real S>
struct TcpSession<S>::Parts {
  using Link = detail::WorkerEnd<Tcp, S>;

  Parts(const Tcp& s, const detail::Codecs<S>& c, const RunPlan& p)
      : settings{s}, codecs{c}, plan{p} {}
  Tcp settings;
  detail::Codecs<S> codecs;
  RunPlan plan;
  detail::asio::io_context context;
  std::unique_ptr<detail::Acceptor> acceptor;
  std::unique_ptr<Link> link;
  Vector<S> initial = {};  ///< The parameters of a worker that has not met the hub.
};

template <Real S>
TcpSession<S>::TcpSession(const Tcp& settings, const detail::Codecs<S>& codecs, const RunPlan& plan,
                          const Vector<S>& initial, const std::stop_token& stop)
    : parts_{std::make_unique<Parts>(settings, codecs, plan)} {
  Parts& parts = *parts_;
  if (plan.ledger_of_parts) {
    const bool all = settings.role == Tcp::Role::all;
    require(!all, "Tcp::role", "all", "hub or worker if each worker has rows of its own");
    require(settings.local_workers <= 1, "Tcp::local_workers", settings.local_workers,
            "0 or 1 if each process has rows of its own");
  }
  if (settings.role == Tcp::Role::worker) {
    parts.link = std::make_unique<typename Parts::Link>(parts.settings, parts.codecs,
                                                        detail::Address{settings.address},
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
          "Secret::from_file(path), or Tcp::tls; or insecure = true if everyone who can "
          "reach it may take part"};
    parts.acceptor = std::make_unique<detail::Acceptor>(detail::listen(parts.context, address));
  }
}
template <Real S>
TcpSession<S>::TcpSession(TcpSession&&) noexcept = default;
template <Real S>
TcpSession<S>& TcpSession<S>::operator=(TcpSession&&) noexcept = default;
template <Real S>
TcpSession<S>::~TcpSession() = default;

template <Real S>
std::string TcpSession<S>::address() const {
  const std::string& asked = parts_->settings.address;
  if (!parts_->acceptor || detail::Address{asked}.is_path()) return asked;
  const auto endpoint = parts_->acceptor->local_endpoint();
  detail::asio::ip::tcp::endpoint ip;
  ip.resize(endpoint.size());
  std::memcpy(ip.data(), endpoint.data(), endpoint.size());
  return asked.substr(0, asked.rfind(':') + 1) + std::to_string(ip.port());
}

template <Real S>
Topology TcpSession<S>::topology() const {
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

template <Real S>
Delivery TcpSession<S>::run(AnyCenter<S>& center, std::span<AnyWorker<S>* const> local,
                            std::stop_token stop) const {
  Parts& parts = *parts_;
  const FlushDenormals guard;
  if (parts.link && !parts.link->has_met()) {  // it was stopped before: the center stays initial
    center.assign(parts.initial);
    return {};
  }
  if (parts.link) return detail::work(*parts.link, *local.front(), stop, &center);
  if (center.recording()) detail::require_recordable(parts.settings, parts.codecs);
  detail::TcpHub<Tcp, S> hub{parts.settings, parts.codecs, parts.plan, *parts.acceptor, center};
  if (parts.settings.role == Tcp::Role::hub) {
    Delivery delivery = hub.run(local, stop);
    delivery.threads = parts.settings.local_workers;
    return delivery;
  }

  // A failure ends the run for all, as in InProcess.
  const std::string here = address();
  const Vector<S> initial = center.parameters();
  std::stop_source halt;
  const std::stop_callback by_user{stop, [&] { halt.request_stop(); }};
  std::exception_ptr of_worker, of_hub, of_connection;  // the first of each; in this order
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
            typename Parts::Link link{parts.settings, parts.codecs, detail::Address{here},
                                      parts.plan,     initial,      worker.rank()};
            const std::stop_callback is_over{over, [&] { link.give_up_waiting(); }};
            if (link.meet()) detail::work<S>(link, worker, {}, nullptr);
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
  threads.clear();  // requests a stop, and joins
  for (const auto& failure : {of_worker, of_hub, of_connection})
    if (failure) std::rethrow_exception(failure);
  delivery.threads = parts.settings.workers;
  return delivery;
}

}  // namespace tributary::inline v0_1
