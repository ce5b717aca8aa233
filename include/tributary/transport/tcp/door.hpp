#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <utility>
#include <vector>

namespace tributary::detail {

/// Where connections come in. Lets nobody past who has not shown in time that it knows the secret;
/// until then a peer costs some 5 KiB, over TLS some 200 KiB for the most part of OpenSSL's buffers,
/// and there are only so many of them: others wait in the system's queue.
template <class Settings, class House>
class Door {
 public:
  Door(Acceptor& acceptor, const Settings& settings, House& house)
      : acceptor_{acceptor}, settings_{settings}, house_{house} {}

  void keep(const std::stop_token& stop) {
    constexpr std::chrono::milliseconds tick{50};
    Time tended = Clock::now();
    while (!stop.stop_requested()) {
      std::vector<::pollfd> waiting;
      if (visitors_.size() < most_visitors)
        waiting.push_back({acceptor_.native_handle(), POLLIN, 0});
      for (Visitor& visitor : visitors_)
        waiting.push_back({visitor.connection->descriptor(), POLLIN, 0});
      ::poll(waiting.data(), waiting.size(), static_cast<int>(tick.count()));
      accept();
      for (auto visitor = visitors_.begin(); visitor != visitors_.end();)
        visitor = attend(*visitor) ? std::next(visitor) : visitors_.erase(visitor);
      if (Clock::now() - tended < tick) continue;
      tended = Clock::now();
      house_.tend();
    }
    for (Visitor& visitor : visitors_) {
      if (visitor.admitted) house_.left(visitor.handshake.offer().worker_id);
    }
  }

 private:
  static constexpr std::size_t most_visitors = 64;

  struct Visitor {
    std::shared_ptr<Connection> connection;
    HubHandshake handshake;
    std::string peer;
    Time deadline;
    bool admitted = false, leaving = false;
  };

  void accept() {
    while (visitors_.size() < most_visitors) {
      error_code error;
      Endpoint from;
      Socket socket = acceptor_.accept(from, error);
      if (error) return;  // nobody is there, or the system has no more sockets to give just now
      std::unique_ptr<ByteStream> stream =
          settings_.open_at_hub(std::make_unique<PlainStream>(std::move(socket)));
      if (!stream) continue;
      Visitor& visitor = visitors_.emplace_back(
          std::make_shared<Connection>(std::move(stream), settings_.timeouts, settings_.chunk_bytes,
                                       max_handshake_bytes),
          HubHandshake{settings_.secret}, name_of(from),
          Clock::now() + seconds_from(settings_.timeouts.handshake_seconds));
      visitor.connection->set_handler(
          [this, &visitor](const FrameHeader& header, std::span<const std::byte> payload) {
            return hear(visitor, header, payload);
          });
    }
  }
  Status hear(Visitor& visitor, const FrameHeader& header, std::span<const std::byte> payload) {
    if (visitor.leaving) return Done{};
    HubHandshake& handshake = visitor.handshake;
    auto answer = handshake.received(header, payload);
    if (!answer) return refuse(visitor, answer.error());
    visitor.connection->writer().put_bytes(*answer);
    if (!handshake.authenticated()) {
      if (handshake.done()) visitor.connection->set_reading(false);  // the rest is for the seat
      return Done{};
    }
    const auto terms = house_.admit(handshake.offer());
    if (!terms) return refuse(visitor, terms.error());
    visitor.admitted = true;
    visitor.connection->writer().put_bytes(handshake.welcome(*terms));
    visitor.connection->reader().set_session(terms->session);
    visitor.connection->writer().set_session(terms->session);
    return Done{};
  }
  Status refuse(Visitor& visitor, const Refusal& refusal) {
    visitor.leaving = true;
    visitor.connection->writer().put_bytes(refuse_frame(refusal));
    house_.refused(visitor.peer, refusal);
    return Done{};
  }
  /// False once it is not this one's guest any more.
  bool attend(Visitor& visitor) {
    Connection& connection = *visitor.connection;
    connection.tend(true);
    if (visitor.handshake.done()) {
      connection.locked([&] {
        connection.set_handler({});
        connection.set_reading(true);
        connection.start_pings();
      });
      house_.taken(visitor.handshake.offer().worker_id, std::move(visitor.connection));
      return false;
    }
    const bool late = Clock::now() >= visitor.deadline;
    const bool sent =
        visitor.leaving && connection.locked([&] { return connection.writer().idle(); });
    if (!late && !sent && !connection.ended()) return true;
    if (!visitor.leaving)
      house_.refused(visitor.peer, {Errc::too_slow, late ? "it did not say who it is in time"
                                                         : connection.failure()});
    connection.close("it was refused");
    if (visitor.admitted) house_.left(visitor.handshake.offer().worker_id);
    return false;
  }
  static std::string name_of(const Endpoint& from) {
    if (from.protocol().family() == AF_UNIX) return "a local process";
    asio::ip::tcp::endpoint endpoint;
    endpoint.resize(from.size());
    std::memcpy(endpoint.data(), from.data(), from.size());
    return endpoint.address().to_string() + ':' + std::to_string(endpoint.port());
  }

  Acceptor& acceptor_;
  const Settings& settings_;
  House& house_;
  std::list<Visitor> visitors_;
};

}  // namespace tributary::detail
