#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <deque>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tributary/transport/tcp/socket.hpp>
#include <utility>
#include <vector>

namespace tributary::test {

enum class Way : std::size_t { up, down };  ///< To the hub, to the worker.

/// A fault of a connection after a number of bytes in one direction.
struct Fault {
  enum class Kind {
    none,
    close,   ///< Both ends see the end of the connection.
    reset,   ///< Closed without an orderly shutdown.
    pause,   ///< Nothing is forwarded for a while.
    freeze,  ///< The proxy forwards nothing any more, and neither end notices.
  };
  Kind kind = Kind::none;
  Way way = Way::up;
  std::size_t bytes = 0;
  std::chrono::milliseconds pause = {};
};

/// Between workers and a hub, over loopback.
class Proxy {
 public:
  /// The first connections have these faults, one each; later ones have none. Each piece is delayed
  /// by `delay`.
  explicit Proxy(const std::string& hub, std::vector<Fault> faults = {},
                 std::chrono::milliseconds delay = {})
      : hub_{hub}, faults_{std::move(faults)}, delay_{delay} {
    thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
  }

  std::string address() const {
    const auto endpoint = acceptor_.local_endpoint();
    boost::asio::ip::tcp::endpoint ip;
    ip.resize(endpoint.size());
    std::memcpy(ip.data(), endpoint.data(), endpoint.size());
    return "127.0.0.1:" + std::to_string(ip.port());
  }
  /// All bytes of the first connection.
  std::vector<std::byte> recorded(Way way) const {
    const std::scoped_lock lock{mutex_};
    return recorded_[static_cast<std::size_t>(way)];
  }
  bool frozen() const { return frozen_; }

 private:
  using Clock = detail::Clock;
  struct Piece {
    std::vector<std::byte> bytes;
    detail::Time due;
  };
  struct Lane {
    std::deque<Piece> pieces = {};
    std::size_t taken = 0;  ///< Bytes so far.
  };
  struct Pipe {
    std::array<std::unique_ptr<detail::PlainStream>, 2> ends;  ///< The worker's, the hub's.
    Fault fault;
    bool first;
    std::array<Lane, 2> lanes = {};
    detail::Time still_until = {};
    bool over = false;  ///< A fault happened, or an end closed: bytes in transit are still sent.
  };

  void work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<::pollfd> waiting{{acceptor_.native_handle(), POLLIN, 0}};
      for (const Pipe& pipe : pipes_) {
        if (frozen_ || pipe.over || Clock::now() < pipe.still_until) continue;
        for (const auto& end : pipe.ends) waiting.push_back({end->descriptor(), POLLIN, 0});
      }
      ::poll(waiting.data(), waiting.size(), 2);
      accept();
      for (auto pipe = pipes_.begin(); pipe != pipes_.end();)
        pipe = frozen_ || move(*pipe) ? std::next(pipe) : pipes_.erase(pipe);
    }
  }
  void accept() {
    for (;;) {
      boost::system::error_code error;
      detail::Socket socket = acceptor_.accept(error);
      if (error) return;
      auto worker = std::make_unique<detail::PlainStream>(std::move(socket));
      auto hub = detail::connect(context_, hub_, Clock::now() + std::chrono::seconds{5}, error);
      if (!hub) continue;
      const Fault fault = accepted_ < faults_.size() ? faults_[accepted_] : Fault{};
      Pipe& pipe = pipes_.emplace_back();
      pipe.ends = {std::move(worker), std::move(hub)};
      pipe.fault = fault;
      pipe.first = accepted_++ == 0;
    }
  }
  /// False after its end.
  bool move(Pipe& pipe) {
    if (Clock::now() < pipe.still_until) return true;
    for (const Way way : {Way::up, Way::down}) {
      take(pipe, way);
      give(pipe, way);
      if (frozen_) return true;
    }
    const auto empty = [](const Lane& lane) { return lane.pieces.empty(); };
    if (!pipe.over || !std::ranges::all_of(pipe.lanes, empty)) return true;
    if (pipe.fault.kind == Fault::Kind::reset) {
      const ::linger at_once{1, 0};
      for (const auto& end : pipe.ends)
        ::setsockopt(end->descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    return false;
  }
  void take(Pipe& pipe, Way way) {
    const auto from = static_cast<std::size_t>(way);
    Lane& lane = pipe.lanes[from];
    while (!pipe.over && lane.pieces.size() < 64) {
      const bool faulty = pipe.fault.kind != Fault::Kind::none && pipe.fault.way == way;
      const std::size_t left =
          faulty ? pipe.fault.bytes - lane.taken : std::numeric_limits<std::size_t>::max();
      if (left == 0) return meet_fault(pipe);
      std::vector<std::byte> bytes(std::min<std::size_t>(left, 16'384));
      boost::system::error_code error;
      const std::size_t count = pipe.ends[from]->read(bytes, error);
      if (error) pipe.over = true;
      if (count == 0) return;
      bytes.resize(count);
      lane.taken += count;
      if (pipe.first) {
        const std::scoped_lock lock{mutex_};
        recorded_[from].insert(recorded_[from].end(), bytes.begin(), bytes.end());
      }
      lane.pieces.push_back({std::move(bytes), Clock::now() + delay_});
    }
  }
  void meet_fault(Pipe& pipe) {
    switch (pipe.fault.kind) {
      case Fault::Kind::none:
        break;
      case Fault::Kind::close:
      case Fault::Kind::reset:
        pipe.over = true;
        break;
      case Fault::Kind::pause:
        pipe.still_until = Clock::now() + pipe.fault.pause;
        pipe.fault = {};
        break;
      case Fault::Kind::freeze:
        frozen_ = true;
        break;
    }
  }
  void give(Pipe& pipe, Way way) {
    const auto from = static_cast<std::size_t>(way);
    Lane& lane = pipe.lanes[from];
    while (!lane.pieces.empty() && lane.pieces.front().due <= Clock::now()) {
      std::vector<std::byte>& bytes = lane.pieces.front().bytes;
      boost::system::error_code error;
      const boost::asio::const_buffer buffer{bytes.data(), bytes.size()};
      const std::size_t count = pipe.ends[1 - from]->write(std::span{&buffer, 1}, error);
      if (error) {  // no end reads it any more
        pipe.over = true;
        lane.pieces.clear();
        return;
      }
      if (count == 0) return;
      bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
      if (bytes.empty()) lane.pieces.pop_front();
    }
  }

  boost::asio::io_context context_;
  detail::Address hub_;
  detail::Acceptor acceptor_ = detail::listen(context_, detail::Address{"127.0.0.1:0"});
  std::vector<Fault> faults_;
  std::chrono::milliseconds delay_;
  std::list<Pipe> pipes_;
  std::size_t accepted_ = 0;
  std::atomic<bool> frozen_ = false;
  mutable std::mutex mutex_;
  std::array<std::vector<std::byte>, 2> recorded_;
  std::jthread thread_;
};

}  // namespace tributary::test
