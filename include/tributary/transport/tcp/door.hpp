#pragma once

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
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
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <utility>
#include <vector>

namespace tributary::detail {

/// Where connections come in. Lets nobody past who has not shown in time that it knows the secret;
/// until then a peer costs some 5 KiB, over TLS some 200 KiB for the most part of OpenSSL's buffers,
/// and there are only so many of them: others wait in the system's queue, and whoever has been at the
/// door for long makes room for them.
template <class Settings, class House>
class Door {
 public:
  Door(Acceptor& acceptor, const Settings& settings, House& house)
      : acceptor_{acceptor}, settings_{settings}, house_{house} {}

  void keep(const std::stop_token& stop) {
    constexpr std::chrono::milliseconds tick{50};
    Time tended = Clock::now();
    std::vector<::pollfd> waiting;
    waiting.reserve(most_visitors + 1);
    while (!stop.stop_requested()) {
      waiting.clear();
      for (Visitor& visitor : visitors_)
        waiting.push_back({visitor.connection->descriptor(), POLLIN, 0});
      if (has_room()) waiting.push_back({acceptor_.native_handle(), POLLIN, 0});
      ::poll(waiting.data(), waiting.size(), static_cast<int>(tick.count()));
      const bool tends = Clock::now() - tended >= tick;
      auto one = waiting.begin();
      for (auto visitor = visitors_.begin(); visitor != visitors_.end();) {
        const bool wants = (one++)->revents != 0 || tends;
        visitor = !wants || keeps(*visitor) ? std::next(visitor) : visitors_.erase(visitor);
      }
      accept();
      if (!tends) continue;
      tended = Clock::now();
      house_.tend();
    }
    for (Visitor& visitor : visitors_) {
      if (visitor.session != 0) house_.left(visitor.session, visitor.handshake.offer().shard);
    }
  }

 private:
  static constexpr std::size_t most_visitors = 64;
  static constexpr std::size_t spare_handles = 16;
  static constexpr double fair_share = 0.1;  ///< Of handshake_seconds: with others waiting, enough.

  struct Visitor {
    std::shared_ptr<Connection> connection;
    HubHandshake handshake;
    std::string peer;
    Time deadline;
    std::uint64_t session = 0;  ///< Once it is admitted.
    bool leaving = false;
  };

  /// Who has been at the door for so long that it makes room for another.
  auto slowest() {
    const Time latest =
        Clock::now() + seconds_from(settings_.timeouts.handshake_seconds * (1 - fair_share));
    return std::ranges::find_if(visitors_, [&](const Visitor& visitor) {
      return visitor.session == 0 && visitor.deadline <= latest;
    });
  }
  bool has_room() {
    return Clock::now() >= resumes_ &&
           (visitors_.size() < most_visitors || slowest() != visitors_.end());
  }
  /// The system gives the lowest handle that is free: from this one on few are left, for files.
  static int first_spare_handle() {
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<int>::max();
    const ::rlim_t spare = std::min<::rlim_t>(spare_handles, limit.rlim_cur / 4);
    return static_cast<int>(
        std::min<::rlim_t>(limit.rlim_cur - spare, std::numeric_limits<int>::max()));
  }
  /// The system has nothing to give just now: whoever has been here for long makes room, and others
  /// wait in the system's queue for a moment.
  void rest(const std::string& why) {
    const Time now = Clock::now();
    resumes_ = now + std::chrono::milliseconds{100};
    if (const auto visitor = slowest(); visitor != visitors_.end()) {
      dismiss(*visitor, "others wait, and it did not say who it is");
      visitors_.erase(visitor);
    }
    if (now < tells_again_) return;
    tells_again_ = now + std::chrono::seconds{10};
    house_.cannot_accept(why);
  }
  void accept() {
    try {
      let_in();
    } catch (const std::exception& error) {  // there is no memory
      rest(error.what());
    }
  }
  void let_in() {
    while (has_room()) {
      error_code error;
      Endpoint from;
      Socket socket = acceptor_.accept(from, error);
      if (error == asio::error::no_descriptors ||
          error == std::errc::too_many_files_open_in_system || error == asio::error::no_memory ||
          error == asio::error::no_buffer_space)
        return rest(error.message());
      if (error) return;  // nobody is there, or is any more
      if (socket.native_handle() >= first_spare_handle()) return rest("few file handles are left");
      std::unique_ptr<ByteStream> stream =
          settings_.open_at_hub(std::make_unique<PlainStream>(std::move(socket)));
      if (!stream) continue;
      if (visitors_.size() == most_visitors) {
        const auto visitor = slowest();
        dismiss(*visitor, "others wait, and it did not say who it is");
        visitors_.erase(visitor);
      }
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
    visitor.session = terms->session;
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
  bool keeps(Visitor& visitor) {
    try {
      return attend(visitor);
    } catch (const std::exception& error) {  // no memory, or no thread, to be had for it
      dismiss(visitor, error.what());
      return false;
    }
  }
  bool attend(Visitor& visitor) {
    Connection& connection = *visitor.connection;
    connection.tend(true);
    if (visitor.handshake.done()) {
      connection.locked([&] {
        connection.set_handler({});
        connection.set_reading(true);
        connection.start_pings();
      });
      house_.taken(visitor.session, visitor.handshake.offer().shard, std::move(visitor.connection));
      return false;
    }
    const bool late = Clock::now() >= visitor.deadline;
    const bool sent =
        visitor.leaving && connection.locked([&] { return connection.writer().idle(); });
    if (!late && !sent && !connection.ended()) return true;
    dismiss(visitor, late ? "it did not say who it is in time" : connection.failure());
    return false;
  }
  void dismiss(Visitor& visitor, const std::string& why) {
    if (!visitor.leaving) house_.refused(visitor.peer, {Errc::too_slow, why});
    if (visitor.connection) visitor.connection->close("it was refused");
    if (visitor.session != 0) house_.left(visitor.session, visitor.handshake.offer().shard);
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
  Time resumes_ = {};      ///< Nobody is accepted before,
  Time tells_again_ = {};  ///< and nothing is said of that.
};

}  // namespace tributary::detail
