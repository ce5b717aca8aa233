// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/transport/detail/spin.hpp>
#include <tributary/transport/tcp/errc.hpp>
#include <tributary/transport/tcp/frame.hpp>
#include <tributary/transport/tcp/frames.hpp>
#include <tributary/transport/tcp/handshake.hpp>
#include <tributary/transport/tcp/options.hpp>
#include <tributary/transport/tcp/socket.hpp>
#include <tuple>
#include <utility>

namespace tributary::inline v0_1 {

namespace detail {

/// Detects a message that is transferred too slowly.
class Pace {
 public:
  bool too_slow(bool under_way, std::uint64_t bytes, Time now, const TcpTimeouts& limits) {
    if (!under_way || now - since_ >= seconds_from(limits.rate_seconds)) {
      const auto least = limits.minimum_rate * limits.rate_seconds;
      if (under_way && was_ && static_cast<double>(bytes - before_) < least) return true;
      since_ = now;
      before_ = bytes;
      was_ = under_way;
    }
    return false;
  }

 private:
  Time since_ = {};
  std::uint64_t before_ = 0;
  bool was_ = false;  ///< A transfer was running when the window began.
};

/// The time that a waiting thread polls before it sleeps; zero if other threads need the core.
inline Clock::duration polling_time(int connections) {
  const bool free = static_cast<unsigned>(connections) < std::thread::hardware_concurrency();
  return std::chrono::microseconds{free ? 50 : 0};
}

/// One end of a connection: frames on a stream, and the timeouts that end it. It has no thread of
/// its own; the threads that use it move its bytes, one thread at a time.
class Connection {
 public:
  /// Takes a received frame, under the lock. An error ends the connection.
  using Handler = std::function<TcpStatus(const FrameHeader&, std::span<const std::byte>)>;

  Connection(std::unique_ptr<ByteStream> stream, const TcpTimeouts& timeouts,
             std::size_t chunk_bytes, std::size_t most_small_bytes)
      : stream_{std::move(stream)},
        timeouts_{timeouts},
        reader_{most_small_bytes},
        writer_{chunk_bytes} {}

  /// Call it before other threads use this connection, or under the lock.
  void set_handler(Handler handler) { handler_ = std::move(handler); }
  void set_pauses(Clock::duration spin) { spin_ = spin; }
  FrameReader& reader() noexcept { return reader_; }
  FrameWriter& writer() noexcept { return writer_; }
  /// Without reading, received bytes stay in the system's buffers.
  void set_reading(bool reading) noexcept { reading_ = reading; }

  /// Runs act() under the lock; it may use the reader and writer.
  template <class Act>
  decltype(auto) locked(Act&& act) {
    const std::scoped_lock lock{mutex_};
    return act();
  }

  /// Moves bytes until done() holds; it is called under the lock. False at the deadline, or when
  /// the connection has ended.
  template <class Done>
  bool work_until(const Done& done, Time deadline = Time::max()) {
    std::unique_lock lock{mutex_};
    Time moved = Clock::now();
    for (;;) {
      if (done()) return true;
      if (!failure_.empty()) return false;
      const Time now = Clock::now();
      const bool moves = turn(now);
      if (moves) moved = now;
      check_clocks(now);
      if (now >= deadline) return done();
      if (moves) continue;
      if (now - moved < spin_) {
        pause();
        continue;
      }
      const bool writing = writer_.can_send() && stream_->waits_for_room();
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          std::min<Clock::duration>(deadline - now, std::chrono::milliseconds{100}));
      lock.unlock();
      wait_for(stream_->descriptor(), writing, left);
      lock.lock();
    }
  }
  /// Moves bytes until all frames are sent.
  bool flush(Time deadline = Time::max()) {
    return work_until([&] { return writer_.idle(); }, deadline);
  }
  /// Sends a ping if one is due, and moves bytes without waiting. For a supervising thread: returns
  /// at once if another thread uses the connection.
  void tend(bool reading) {
    const std::unique_lock lock{mutex_, std::try_to_lock};
    if (!lock || !failure_.empty()) return;
    const bool before = std::exchange(reading_, reading_ && reading);
    const Time now = Clock::now();
    while (turn(now) && Clock::now() - now < most_tending) {  // others wait for the thread
    }
    reading_ = before;
    if (reading) check_clocks(now);
  }

  /// Sends bytes without waiting.
  void push() {
    const std::scoped_lock lock{mutex_};
    while (failure_.empty() && send(Clock::now())) {
    }
  }

  /// Ends the connection for this reason. The first reason stays.
  void fail(std::string why) {
    if (!failure_.empty()) return;
    failure_ = std::move(why);
    stream_->shutdown();
  }
  void close(const std::string& why) {
    locked([&] { fail(why); });
  }
  bool ended() {
    return locked([&] { return !failure_.empty(); });
  }
  std::string failure() {
    return locked([&] { return failure_; });
  }
  bool refused() {
    return locked([&] { return stream_->refused(); });
  }
  int descriptor() { return stream_->descriptor(); }
  /// Bytes sent and received.
  std::uint64_t bytes() {
    return locked([&] { return read_ + written_; });
  }

 private:
  /// One attempt to move bytes in each direction.
  bool turn(Time now) {
    if (writer_.idle() && now - last_sent_ >= seconds_from(timeouts_.ping_seconds) && pinging_)
      writer_.put({.type = FrameType::ping});
    error_code error;
    const bool sent = send(now, error);
    bool received = failure_.empty() && reading_ && receive(now);
    if (error) {  // the peer may have sent the reason before it closed
      while (received && failure_.empty() && Clock::now() - now < most_tending)
        received = reading_ && receive(now);
      fail(error);
    }
    return (sent || received) && failure_.empty();
  }
  bool send(Time now) {
    error_code error;
    const bool sent = send(now, error);
    if (error) fail(error);
    return sent;
  }
  bool send(Time now, error_code& error) {
    if (!writer_.can_send()) return false;
    std::array<asio::const_buffer, std::tuple_size_v<FrameWriter::Pieces>> buffers;
    std::ranges::transform(writer_.next(), buffers.begin(), [](auto piece) {
      return asio::const_buffer{piece.data(), piece.size()};
    });
    const std::size_t bytes = stream_->write(buffers, error);
    if (error) return false;
    writer_.advance(bytes);
    written_ += bytes;
    if (bytes > 0) last_sent_ = now;
    return bytes > 0;
  }
  bool receive(Time now) {
    const auto [first, second] = reader_.space();
    if (first.empty() && second.empty()) return take(0), true;
    const std::array buffers{asio::mutable_buffer{first.data(), first.size()},
                             asio::mutable_buffer{second.data(), second.size()}};
    error_code error;
    const std::size_t bytes = stream_->read_some(buffers, error);
    if (error) return fail(error), false;
    read_ += bytes;
    if (bytes == 0) return false;
    last_received_ = now;
    take(bytes);
    return true;
  }
  void fail(const error_code& error) {
    fail(error == asio::error::eof ? "the peer closed it" : error.message());
  }
  /// Ends the connection because of an error in the peer's bytes, and sends the peer the reason.
  void refuse(TcpErrc why) {
    const auto frame = refuse_frame({why, std::string{message(why)}});
    writer_.put({.type = FrameType::refuse}, std::span{frame}.subspan(frame_header_bytes));
    while (failure_.empty() && send(Clock::now())) {
    }
    fail(std::string{message(why)});
  }
  void take(std::size_t bytes) {
    const TcpResult<bool> complete = reader_.advance(bytes);
    if (!complete) return refuse(complete.error());
    if (!*complete || reader_.header().type == FrameType::ping) return;
    const TcpStatus handled = handler_(reader_.header(), reader_.payload());
    if (!handled) refuse(handled.error());
  }
  void check_clocks(Time now) {
    if (now - last_received_ >= seconds_from(timeouts_.dead_seconds) && reading_)
      return fail("the peer sent nothing in time");
    if (sending_.too_slow(writer_.can_send(), written_, now, timeouts_))
      return fail("the peer reads too slowly");
    if (receiving_.too_slow(reading_ && !reader_.complete(), read_, now, timeouts_))
      return fail("the peer sends too slowly");
  }

 public:
  /// Sends pings from now on, after authentication.
  void start_pings() { pinging_ = true; }

 private:
  static constexpr std::chrono::milliseconds most_tending{5};

  std::unique_ptr<ByteStream> stream_;
  TcpTimeouts timeouts_;
  std::mutex mutex_;
  FrameReader reader_;
  FrameWriter writer_;
  Handler handler_;
  Clock::duration spin_ = {};
  bool reading_ = true, pinging_ = false;
  Time last_received_ = Clock::now(), last_sent_ = Clock::now();
  Pace sending_, receiving_;
  std::uint64_t read_ = 0, written_ = 0;
  std::string failure_;  ///< The reason of its end; empty before.
};

}  // namespace detail
}  // namespace tributary::inline v0_1
