// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <tributary/core/result.hpp>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/frames.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// The functions of a hub that its listener calls, from the listener's thread.
template <class H>
concept Admits = requires(H hub, const Offer& offer, std::uint64_t session, std::uint16_t lane,
                          std::shared_ptr<Connection> connection, const std::string& text,
                          const Refusal& refusal) {
  { hub.admit(offer) } -> std::same_as<Result<Terms, Refusal>>;
  hub.connected(session, lane, connection);  // its handshake is done
  hub.left(session, lane);                   // it was admitted, but did not finish
  hub.refused(text, refusal);                // text: the peer's address
  hub.cannot_accept(text);                   // text: the reason
  hub.tend();                                // several times a second
};

/// Accepts connections, and authenticates peers. A client that is not authenticated yet takes about
/// 5 KiB, over TLS about 200 KiB, mostly OpenSSL's buffers. The number of such clients is bounded:
/// others wait in the system's queue, and the slowest client is dismissed to make room.
template <class Options, class Hub>
class Listener {
 public:
  Listener(Acceptor& acceptor, const Options& options, Hub& hub)
      : acceptor_{acceptor}, options_{options}, hub_{hub} {}

  void keep(const std::stop_token& stop) {
    static_assert(Admits<Hub>);
    constexpr std::chrono::milliseconds tick{50};
    Time tended = Clock::now();
    std::vector<::pollfd> waiting;
    waiting.reserve(most_clients + 1);
    while (!stop.stop_requested()) {
      waiting.clear();
      for (Client& client : clients_)
        waiting.push_back({client.connection->descriptor(), POLLIN, 0});
      if (has_room()) waiting.push_back({acceptor_.native_handle(), POLLIN, 0});
      ::poll(waiting.data(), waiting.size(), static_cast<int>(tick.count()));
      const bool tends = Clock::now() - tended >= tick;
      auto one = waiting.begin();
      for (auto client = clients_.begin(); client != clients_.end();) {
        const bool wants = (one++)->revents != 0 || tends;
        client = !wants || still_open(*client) ? std::next(client) : clients_.erase(client);
      }
      accept();
      if (!tends) continue;
      tended = Clock::now();
      hub_.tend();
    }
    for (Client& client : clients_) {
      if (client.session != 0) hub_.left(client.session, client.handshake.offer().shard);
    }
  }

 private:
  static constexpr std::size_t most_clients = 64;
  static constexpr std::size_t spare_handles = 16;
  static constexpr const char* crowded = "others wait, and it did not authenticate";
  static constexpr double fair_share = 0.1;  ///< Part of handshake_seconds, while others wait.

  struct Client {
    std::shared_ptr<Connection> connection;
    HubHandshake handshake;
    std::string peer;
    Time deadline;
    std::uint64_t session = 0;  ///< After it is admitted.
    bool leaving = false;
  };

  /// A client whose handshake has taken so long that it may be dismissed.
  auto slowest() {
    const Time latest =
        Clock::now() + seconds_from(options_.timeouts.handshake_seconds * (1 - fair_share));
    return std::ranges::find_if(clients_, [&](const Client& client) {
      return client.session == 0 && client.deadline <= latest;
    });
  }
  bool has_room() {
    return Clock::now() >= resumes_ &&
           (clients_.size() < most_clients || slowest() != clients_.end());
  }
  /// The system assigns the lowest free handle. From this one on, the few remaining are for files.
  static int first_spare_handle() {
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<int>::max();
    const ::rlim_t spare = std::min<::rlim_t>(spare_handles, limit.rlim_cur / 4);
    return static_cast<int>(
        std::min<::rlim_t>(limit.rlim_cur - spare, std::numeric_limits<int>::max()));
  }
  /// The system is short of resources: dismisses a slow client; others wait in the system's queue
  /// for a moment.
  void pause_accepting(const std::string& why) {
    const Time now = Clock::now();
    resumes_ = now + std::chrono::milliseconds{100};
    if (const auto client = slowest(); client != clients_.end()) {
      dismiss(*client, crowded);
      clients_.erase(client);
    }
    if (now < next_notice_) return;
    next_notice_ = now + std::chrono::seconds{10};
    hub_.cannot_accept(why);
  }
  void accept() {
    try {
      accept_all();
    } catch (const std::exception& error) {  // out of memory
      pause_accepting(error.what());
    }
  }
  void accept_all() {
    while (has_room()) {
      error_code error;
      Endpoint from;
      Socket socket = acceptor_.accept(from, error);
      if (error == asio::error::no_descriptors ||
          error == std::errc::too_many_files_open_in_system || error == asio::error::no_memory ||
          error == asio::error::no_buffer_space)
        return pause_accepting(error.message());
      if (error) return;  // no connection, or it is closed already
      if (socket.native_handle() >= first_spare_handle())
        return pause_accepting("few file handles are left");
      std::unique_ptr<ByteStream> stream =
          open_at_hub(options_, std::make_unique<PlainStream>(std::move(socket)));
      if (!stream) continue;
      if (clients_.size() == most_clients) {
        const auto client = slowest();
        dismiss(*client, crowded);
        clients_.erase(client);
      }
      Client& client = clients_.emplace_back(
          std::make_shared<Connection>(std::move(stream), options_.timeouts, options_.chunk_bytes,
                                       max_handshake_bytes),
          HubHandshake{options_.secret}, name_of(from),
          Clock::now() + seconds_from(options_.timeouts.handshake_seconds));
      client.connection->set_handler(
          [this, &client](const FrameHeader& header, std::span<const std::byte> payload) {
            return receive(client, header, payload);
          });
    }
  }
  TcpStatus receive(Client& client, const FrameHeader& header, std::span<const std::byte> payload) {
    if (client.leaving) return Done{};
    HubHandshake& handshake = client.handshake;
    auto answer = handshake.received(header, payload);
    if (!answer) return refuse(client, answer.error());
    client.connection->writer().put_bytes(*answer);
    if (!handshake.authenticated()) {
      if (handshake.done()) client.connection->set_reading(false);  // the rest is for the session
      return Done{};
    }
    const auto terms = hub_.admit(handshake.offer());
    if (!terms) return refuse(client, terms.error());
    client.session = terms->session;
    client.connection->writer().put_bytes(handshake.welcome(*terms));
    client.connection->reader().set_session(terms->session);
    client.connection->writer().set_session(terms->session);
    return Done{};
  }
  TcpStatus refuse(Client& client, const Refusal& refusal) {
    client.leaving = true;
    client.connection->writer().put_bytes(refuse_frame(refusal));
    hub_.refused(client.peer, refusal);
    return Done{};
  }
  /// False when the client does not belong to the listener any more.
  bool still_open(Client& client) {
    try {
      return advance(client);
    } catch (const std::exception& error) {  // no memory or no thread for it
      dismiss(client, error.what());
      return false;
    }
  }
  bool advance(Client& client) {
    Connection& connection = *client.connection;
    connection.tend(true);
    if (client.handshake.done()) {
      connection.locked([&] {
        connection.set_handler({});
        connection.set_reading(true);
        connection.start_pings();
      });
      hub_.connected(client.session, client.handshake.offer().shard, std::move(client.connection));
      return false;
    }
    const bool late = Clock::now() >= client.deadline;
    const bool sent =
        client.leaving && connection.locked([&] { return connection.writer().idle(); });
    if (!late && !sent && !connection.ended()) return true;
    dismiss(client, late ? "it did not authenticate in time" : connection.failure());
    return false;
  }
  void dismiss(Client& client, const std::string& why) {
    if (!client.leaving) hub_.refused(client.peer, {TcpErrc::too_slow, why});
    if (client.connection) client.connection->close("it was refused");
    if (client.session != 0) hub_.left(client.session, client.handshake.offer().shard);
  }
  static std::string name_of(const Endpoint& from) {
    if (from.protocol().family() == AF_UNIX) return "a local process";
    asio::ip::tcp::endpoint endpoint;
    endpoint.resize(from.size());
    std::memcpy(endpoint.data(), from.data(), from.size());
    return endpoint.address().to_string() + ':' + std::to_string(endpoint.port());
  }

  Acceptor& acceptor_;
  const Options& options_;
  Hub& hub_;
  std::list<Client> clients_;
  Time resumes_ = {};      ///< No connection is accepted before this time,
  Time next_notice_ = {};  ///< and no notice is sent before this one.
};

}  // namespace tributary::inline v0_1::detail
