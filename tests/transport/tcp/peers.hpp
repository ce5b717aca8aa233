#pragma once

// Shared by tests of hubs and workers under attack: a hub with a known port, a log, and peers that
// send any bytes. Every wait here has a deadline.

#include <tributary/core/describe.hpp>
#include <tributary/observe/observer.hpp>
#include <tributary/trainer/trained.hpp>
#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tributary::test {

using Bytes = std::vector<std::byte>;
using std::chrono::milliseconds;

inline detail::Time after(double seconds) {
  return detail::Clock::now() + detail::seconds_from(seconds);
}
/// Whether the condition holds in time.
bool holds_soon(const auto& condition, double seconds = 20) {
  const detail::Time deadline = after(seconds);
  while (!condition()) {
    if (detail::Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds{2});
  }
  return true;
}
/// The result of a thread. A thread that hangs cannot be ended, so it ends the program.
template <class T>
T result_of(std::future<T>& running, int seconds = 60) {
  if (running.wait_for(std::chrono::seconds{seconds}) != std::future_status::ready) {
    std::fputs("a thread of the test hangs\n", stderr);
    std::abort();
  }
  return running.get();
}

/// The notices of an observer, for any thread.
class Log {
 public:
  void on(const Notice& notice) {
    std::unique_lock lock{mutex_};
    lines_.push_back(notice.text);
    while (!slow_at_.empty() && notice.text.find(slow_at_) != std::string::npos)
      released_.wait(lock);
  }
  /// The observer does not return from a notice with this text before it is released.
  void slow_at(std::string text) {
    const std::scoped_lock lock{mutex_};
    slow_at_ = std::move(text);
    released_.notify_all();
  }
  void release() { slow_at({}); }
  Flow on(const Span& span) {
    const std::scoped_lock lock{mutex_};
    if (span.activity == Activity::compute) committers_.push_back(span.worker);
    return committers_.size() < most_commits_ ? Flow::proceed : Flow::stop;
  }
  /// The run ends after this number of commits.
  void stop_after(std::size_t commits) {
    const std::scoped_lock lock{mutex_};
    most_commits_ = commits;
  }
  std::ptrdiff_t told(std::string_view what) const {
    const std::scoped_lock lock{mutex_};
    return std::ranges::count_if(
        lines_, [&](const std::string& line) { return line.find(what) != std::string::npos; });
  }
  /// The number of refused peers, notified one by one or in a sum.
  long refusals() const {
    const std::scoped_lock lock{mutex_};
    long all = 0;
    for (const std::string& line : lines_) {
      if (line.find("refused") == std::string::npos) continue;
      all += line.find(" more notices, the last one: ") != std::string::npos ? std::stol(line) : 1;
    }
    return all;
  }
  /// Commits that a worker has posted.
  std::ptrdiff_t commits(int worker) const {
    const std::scoped_lock lock{mutex_};
    return std::ranges::count(committers_, worker);
  }
  std::string text() const {
    const std::scoped_lock lock{mutex_};
    std::string all;
    for (const std::string& line : lines_) all += line + '\n';
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::string slow_at_;
  std::vector<std::string> lines_;
  std::vector<int> committers_;
  std::size_t most_commits_ = std::numeric_limits<std::size_t>::max();
};

/// Tcp that reports its hub's address and the fingerprint of its workers.
struct KnownTcp {
  struct Told {
    std::promise<std::string> address;
    Fingerprint fingerprint;
  };
  Tcp tcp;
  std::shared_ptr<Told> told = std::make_shared<Told>();

  static constexpr bool supports(Schedule) noexcept { return true; }
  static constexpr bool records_runs = Tcp::records_runs;
  void validate() const { tcp.validate(); }
  Topology topology() const { return tcp.topology(); }
  template <Real S>
  TcpSession<S> meet(const RunPlan& plan, const Vector<S>& initial,
                     const std::stop_token& stop = {}) const {
    TcpSession<S> session = tcp.meet(plan, initial, stop);
    told->fingerprint = plan.fingerprint;
    for (const auto& described :
         {describe_settings("Tcp::codec", tcp.codec, "Tcp::codec."),
          describe_settings("Tcp::reply_codec", tcp.reply_codec, "Tcp::reply_codec.")})
      told->fingerprint.fields.insert(told->fingerprint.fields.end(), described.begin(),
                                      described.end());
    told->address.set_value(session.address());
    return session;
  }
};

/// The final state of a process of a run.
struct Outcome {
  Vector<float> parameters;
  RunReport report;
};
using Train = std::function<Outcome(const KnownTcp&, Log&)>;

/// Two workers in rounds: the bits of the outcome depend on nothing else. In rounds.cpp.
Outcome train_in_rounds(const KnownTcp& tcp, Log& log);
/// Each step adds 1 to each parameter of the center, asynchronously. Defined in counting.cpp.
Train counting(std::size_t steps, Index parameters);

/// A Train in a thread of its own.
class Running {
 public:
  Running(Tcp tcp, Train train)
      : tcp_{std::move(tcp)},
        log_{std::make_unique<Log>()},
        met_{tcp_.told->address.get_future()},
        outcome_{
            std::async(std::launch::async, [train = std::move(train), known = tcp_,
                                            log = log_.get()] { return train(known, *log); })} {}

  /// The address, after it listens.
  const std::string& address() {
    if (address_.empty()) address_ = result_of(met_);
    return address_;
  }
  const Fingerprint& fingerprint() {
    address();
    return tcp_.told->fingerprint;
  }
  Log& log() const { return *log_; }
  Outcome result() { return result_of(outcome_); }

 private:
  KnownTcp tcp_;
  std::unique_ptr<Log> log_;
  std::future<std::string> met_;
  std::string address_;
  std::future<Outcome> outcome_;
};

/// A connection that can send any bytes.
class Peer {
 public:
  explicit Peer(const std::string& address) {
    boost::system::error_code error;
    stream_ = detail::connect(context_, detail::Address{address}, after(5), error);
    ended_ = !stream_;
  }

  explicit Peer(std::unique_ptr<detail::PlainStream> stream) : stream_{std::move(stream)} {}

  bool ended() const { return ended_; }
  /// False if the peer does not receive it in time.
  bool say(std::span<const std::byte> bytes, double seconds = 5) {
    for (const detail::Time deadline = after(seconds); !ended_ && !bytes.empty();) {
      boost::system::error_code error;
      const boost::asio::const_buffer rest{bytes.data(), bytes.size()};
      const std::size_t said = stream_->write(std::span{&rest, 1}, error);
      bytes = bytes.subspan(said);
      ended_ = bool{error};
      if (said > 0) continue;
      if (detail::Clock::now() >= deadline) break;
      detail::wait_for(stream_->descriptor(), true, milliseconds{10});
    }
    return bytes.empty();
  }
  /// This number of bytes, or fewer if they do not arrive in time.
  Bytes hear(std::size_t most, double seconds = 5) {
    Bytes heard(most);
    std::size_t size = 0;
    for (const detail::Time deadline = after(seconds); !ended_ && size < most;) {
      boost::system::error_code error;
      const std::size_t more = stream_->read(std::span{heard}.subspan(size), error);
      size += more;
      ended_ = bool{error};
      if (more > 0) continue;
      if (detail::Clock::now() >= deadline) break;
      detail::wait_for(stream_->descriptor(), false, milliseconds{10});
    }
    heard.resize(size);
    return heard;
  }
  /// The next frame; one without a type if none arrives.
  std::pair<FrameHeader, Bytes> frame() {
    const Bytes head = hear(frame_header_bytes);
    if (head.size() < frame_header_bytes) return {};
    const auto header = decode(std::span{head}.first<frame_header_bytes>());
    if (!header) return {};
    return {*header, hear(header->length)};
  }
  /// The peer closes the connection, after any other bytes.
  bool is_closed(double seconds = 10) {
    const detail::Time deadline = after(seconds);
    while (!ended_ && detail::Clock::now() < deadline) hear(4096, 0.05);
    return ended_;
  }
  /// The reason of the peer's refusal.
  std::string refusal() {
    for (;;) {
      const auto [header, payload] = frame();
      if (header.type == FrameType{}) return "none";
      if (header.type == FrameType::refuse) return detail::read_refusal(payload).text;
    }
  }
  /// A handshake up to WELCOME, and a READY that is not sent.
  std::pair<Terms, Bytes> knock(const Secret& secret, const Offer& offer) {
    WorkerHandshake handshake{secret, offer};
    say(handshake.hello());
    for (;;) {
      const auto [header, payload] = frame();
      const Answer answer = handshake.received(header, payload);
      if (!answer) throw std::runtime_error{answer.error().text};
      if (handshake.done()) return {handshake.terms(), *answer};
      say(*answer);
    }
  }
  /// A complete handshake.
  Terms enter(const Secret& secret, const Offer& offer) {
    const auto [terms, ready] = knock(secret, offer);
    say(ready);
    return terms;
  }
  int descriptor() { return stream_->descriptor(); }

 private:
  boost::asio::io_context context_;
  std::unique_ptr<detail::PlainStream> stream_;
  bool ended_ = false;
};

inline Bytes frame_of(FrameHeader header, std::span<const std::byte> payload) {
  header.length = static_cast<std::uint32_t>(payload.size());
  header.payload_crc = crc32c(payload);
  return ByteWriter{}.bytes(encode(header)).bytes(payload).take();
}

/// This many sockets at a time, if the system allows.
inline void allow_sockets(::rlim_t count) {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min(std::max(limit.rlim_cur, count), limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace tributary::test
