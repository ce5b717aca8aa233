// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <tributary/core/result.hpp>
#include <tributary/transport/tcp/connection.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/frames.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <utility>

namespace tributary::inline v0_1::detail {

/// The lanes of a session except the first one. A lane is one of the connections of a session: lane
/// s carries shard s of each vector, and lane 0 all other messages. Each lane has a thread, and all
/// transfer at the same time. A lost lane does not return; then the thread that waits here must
/// close the first connection.
class Lanes {
 public:
  /// `count` includes lane 0, the first connection, which is not stored here.
  explicit Lanes(std::size_t count) : lanes_(count - 1) {}
  Lanes(Lanes&&) = delete;
  ~Lanes() { close("its worker's first connection has ended"); }

  std::size_t count() const noexcept { return lanes_.size() + 1; }
  /// False if the lane exists already, or its thread cannot be started.
  bool add(std::uint16_t shard, std::shared_ptr<Connection> connection) {
    const std::scoped_lock lock{mutex_};
    Lane& lane = lanes_[shard - 1];
    if (closed_ || lane.connection) return false;
    connection->locked([&] {
      connection->set_handler(take_chunks);
      connection->reader().set_shard(shard);
      connection->set_reading(false);  // until there is memory for the next shard
    });
    lane.connection = std::move(connection);
    try {
      lane.thread = std::jthread{[this, shard, &lane] { serve(shard, lane); }};
    } catch (const std::system_error&) {
      lane.connection = nullptr;
      return false;
    }
    changed_.notify_all();
    return true;
  }
  /// Lanes other than the first receive only shards of vectors.
  static TcpStatus take_chunks(const FrameHeader& header, std::span<const std::byte>) {
    return header.type == FrameType::chunk ? TcpStatus{Done{}} : TcpErrc::unexpected_message;
  }

  /// Sends shards of a message, which must not change until finish().
  void send(std::uint64_t sequence, std::span<const std::byte> message) {
    begin([=, this](std::uint16_t shard, Connection& connection) {
      connection.locked([&] {
        connection.writer().put_chunks({.shard = shard, .sequence = sequence}, message,
                                       part_of(message.size(), shard, count()), message.size());
      });
      return connection.flush();
    });
  }
  void receive(std::span<std::byte> message) {
    begin([=, this](std::uint16_t shard, Connection& connection) {
      connection.locked([&] {
        connection.reader().expect(message, part_of(message.size(), shard, count()));
        connection.set_reading(true);
      });
      const bool received = connection.work_until([&] { return connection.reader().complete(); });
      connection.locked([&] { connection.set_reading(false); });
      return received;
    });
  }
  /// Waits until the threads have done all their tasks. False if a lane is lost, is not connected
  /// by the deadline, or is not finished by the latest time. Rethrows an exception of a thread.
  bool finish(Time deadline, Time latest = Time::max()) {
    std::unique_lock lock{mutex_};
    const auto idle = [&](const Lane& lane) { return lane.tasks.empty() || lane.lost; };
    const auto done = [&] { return std::ranges::all_of(lanes_, idle); };
    const auto come = [](const Lane& lane) { return lane.connection != nullptr; };
    changed_.wait_until(lock, deadline,
                        [&] { return std::ranges::all_of(lanes_, come) || done(); });
    for (Lane& lane : lanes_) lane.lost = lane.lost || !lane.connection;
    while (!done() && Clock::now() < latest) changed_.wait_for(lock, std::chrono::milliseconds{20});
    if (failure_) std::rethrow_exception(failure_);
    return done() && std::ranges::none_of(lanes_, &Lane::lost);
  }
  /// Ends all lanes. Afterwards no thread runs.
  void close(const std::string& why) {
    {
      const std::scoped_lock lock{mutex_};
      closed_ = true;
      for (Lane& lane : lanes_) {
        lane.lost = true;
        if (lane.connection) lane.connection->close(why);
      }
    }
    changed_.notify_all();
    for (Lane& lane : lanes_) {
      if (lane.thread.joinable()) lane.thread.join();
    }
  }
  std::uint64_t bytes() {
    const std::scoped_lock lock{mutex_};
    std::uint64_t sum = 0;
    for (Lane& lane : lanes_) sum += lane.connection ? lane.connection->bytes() : 0;
    return sum;
  }

 private:
  /// A task of a lane's thread. Returns false if the lane is lost.
  using Act = std::function<bool(std::uint16_t shard, Connection&)>;
  struct Lane {
    std::shared_ptr<Connection> connection = {};
    std::deque<Act> tasks = {};
    bool lost = false;
    std::jthread thread = {};
  };

  void begin(const Act& act) {
    {
      const std::scoped_lock lock{mutex_};
      for (Lane& lane : lanes_) lane.tasks.push_back(act);
    }
    changed_.notify_all();
  }
  void serve(std::uint16_t shard, Lane& lane) {
    std::unique_lock lock{mutex_};
    while (!lane.lost) {
      if (!lane.tasks.empty()) {
        const Act act = lane.tasks.front();
        lock.unlock();
        bool done = false;
        std::exception_ptr failure;
        try {
          done = act(shard, *lane.connection);
        } catch (...) {
          failure = std::current_exception();
        }
        lock.lock();
        if (failure) failure_ = failure;
        lane.tasks.pop_front();
        lane.lost = lane.lost || !done;
        changed_.notify_all();
      } else if (!changed_.wait_for(lock, std::chrono::milliseconds{50},
                                    [&] { return lane.lost || !lane.tasks.empty(); })) {
        lane.connection->tend(false);  // pings
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Lane> lanes_;
  std::exception_ptr failure_;
  bool closed_ = false;
};

}  // namespace tributary::inline v0_1::detail
