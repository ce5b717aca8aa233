// The slowdown of a hub and two workers by attacks: by unauthenticated connections, and by an
// admitted worker that stops reading. Each is a process of its own.

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <tributary/core/describe.hpp>
#include <tributary/trainer/detail/peak_memory.hpp>
#include <tributary/transport/tcp.hpp>
#include <tributary/tributary.hpp>
#include <utility>
#include <vector>

#include "contest.hpp"
#include "pusher.hpp"
#include "transport/tcp/processes.hpp"

using namespace tributary;
namespace net = tributary::detail;
using test::Process;

namespace {

constexpr Index size = 267'002;
const Secret secret = Secret::of("a secret of a benchmark");
const Vector<float> initial = Vector<float>::Zero(size);
const RunPlan plan{{{{"parameters", std::to_string(size)}}}, [](int workers) {
                     constexpr std::uint64_t many = 1 << 20;
                     return Ledger{std::vector(static_cast<std::size_t>(workers), many), 1, false};
                   }};

using net::Clock;
constexpr std::chrono::milliseconds drip{100};
Clock::time_point soon() { return Clock::now() + std::chrono::seconds{5}; }

/// One process tells others that it is ready.
class Signal {
 public:
  Signal() {
    if (::pipe(ends_) != 0) throw std::runtime_error{"pipe"};
  }
  Signal(Signal&&) = delete;
  ~Signal() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void give() const {
    if (::write(ends_[1], "", 1) != 1) throw std::runtime_error{"write"};
  }
  void wait() const {
    char byte;
    if (::read(ends_[0], &byte, 1) != 1) throw std::runtime_error{"read"};
  }

 private:
  int ends_[2];
};

/// The hub's observer: ends the run after this number of merges.
struct Referee {
  int most;
  Pace pace = {};
  Flow on(const Span& span) {
    pace.on(span);
    return pace.merges < most ? Flow::proceed : Flow::stop;
  }
};
template <class Transport>
double train(const Transport& tcp, int exchanges,
             const std::function<double(const Pace&)>& result) {
  Referee referee{exchanges};
  ObserverList<Referee> watching{referee};
  const auto make_half = [](const Vector<float>&) { return AddingCenter<float>{}; };
  const Stopwatch clock;
  auto session = tcp.meet(plan, initial);
  const double entry_seconds = clock.seconds();
  Center<float, Schedule::asynchronous, AddingCenter<float>, ObserverList<Referee>> center{
      make_half, initial, 3, watching};
  std::vector<Pusher> pushers;
  for (const int rank : session.topology().local_ranks) pushers.emplace_back(rank, size, 1 << 20);
  std::vector<AnyWorker<float>*> local;
  for (Pusher& pusher : pushers) local.push_back(&pusher);
  session.run(center, local, {});
  return tcp.role == Tcp::worker ? entry_seconds : result(referee.pace);
}

// The besiegers.

/// A connection to the hub; tries until there is one.
std::unique_ptr<net::PlainStream> knock(net::asio::io_context& context,
                                        const std::string& address) {
  for (;;) {
    boost::system::error_code error;
    auto stream = net::connect(context, net::Address{address}, soon(), error);
    if (stream) return stream;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}
/// This number of connections: they send nothing, or a byte now and then; a dismissed one
/// reconnects.
[[noreturn]] void crowd(const std::string& address, int count, bool drips, const Signal& there) {
  net::asio::io_context context;
  std::vector<std::unique_ptr<net::PlainStream>> all;
  for (int i = 0; i < count; ++i) all.push_back(knock(context, address));
  there.give();
  const WorkerHandshake handshake{secret, {.worker_id = 1}};
  const std::span<const std::byte> hello = handshake.hello();
  for (std::size_t said = 0;; said = (said + 1) % hello.size()) {
    std::this_thread::sleep_for(drip);
    for (auto& stream : all) {
      boost::system::error_code error;
      std::byte heard[64];
      const net::asio::const_buffer byte{&hello[said], 1};
      stream->read(heard, error);
      if (drips && !error) stream->write(std::span{&byte, 1}, error);
      if (drips && error) stream = knock(context, address);
    }
  }
}
/// A worker that is let in, and reads none of the replies that it asks for.
[[noreturn]] void be_deaf(const std::string& address, const Signal& there) {
  Offer offer{.worker_id = 1, .fingerprint = plan.fingerprint};
  for (const char* const name : {"Tcp::codec", "Tcp::reply_codec"}) {
    const auto fields = describe_settings(name, Lossless{});
    offer.fingerprint.fields.insert(offer.fingerprint.fields.end(), fields.begin(), fields.end());
  }
  net::asio::io_context context;
  auto stream = knock(context, address);
  const int few = 4096;
  ::setsockopt(stream->descriptor(), SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
  net::Connection connection{std::move(stream), {}, 4096, max_handshake_bytes};
  WorkerHandshake handshake{secret, offer};
  connection.set_handler([&](const FrameHeader& header, std::span<const std::byte> payload) {
    const Answer answer = handshake.received(header, payload);
    if (!answer) return TcpStatus{answer.error().code};
    connection.writer().put_bytes(*answer);
    if (handshake.done()) connection.writer().set_session(handshake.terms().session);
    return TcpStatus{Done{}};
  });
  connection.writer().put_bytes(handshake.hello());
  connection.work_until([&] { return handshake.done() && connection.writer().idle(); });
  connection.set_reading(false);
  there.give();
  for (;;) {
    connection.locked([&] { connection.writer().put({.type = FrameType::pull}); });
    connection.flush();
    std::this_thread::sleep_for(drip);
  }
}

struct Siege {
  int silent = 0, slow = 0;
  bool deaf = false;
  bool elsewhere = false;  ///< A server that ignores them: the cost of the attackers themselves.
};
struct Figures {
  double hub;            ///< The requested measurement.
  double entry_seconds;  ///< Until a worker is let in: the mean of two.
};
Figures besieged(const Siege& siege, int exchanges,
                 const std::function<double(const Pace&)>& result) {
  const std::string address = "127.0.0.1:29472", other = "127.0.0.1:29473";
  const Signal there;
  Process hub{[&] {
    return train(Tcp{.role = Tcp::hub, .address = address, .workers = 3, .secret = secret},
                 exchanges, result);
  }};
  std::vector<Process> besiegers;
  const auto send = [&](auto run) { besiegers.emplace_back([=] { return run(), 0.; }); };
  if (siege.elsewhere) {
    send([&] {
      net::asio::io_context context;
      const auto nobody = net::listen(context, net::Address{other});
      for (;;) ::pause();
    });
  }
  if (siege.deaf) {
    send([&] { be_deaf(address, there); });
    there.wait();
  }
  for (const bool drips : {false, true}) {
    const int count = drips ? siege.slow : siege.silent;
    if (count == 0) continue;
    send([&, count, drips] { crowd(siege.elsewhere ? other : address, count, drips, there); });
    there.wait();
  }
  std::vector<Process> workers;
  for (int i = 0; i < 2; ++i) {
    workers.emplace_back([&] {
      return train(Tcp{.role = Tcp::worker, .address = address, .secret = secret}, 0, {});
    });
  }
  double entry_seconds = 0;
  for (Process& worker : workers) entry_seconds += worker.result() / 2;
  besiegers.clear();
  return {hub.result(), entry_seconds};
}

}  // namespace

int main(int argc, char** argv) {
  const auto rate = [](const Pace& pace) { return pace.rate(); };
  const auto memory = [](const Pace&) { return static_cast<double>(peak_memory_bytes()) / 1e6; };
  std::vector<Contestant> contestants;
  const auto add = [&](const std::string& task, const std::string& items, const std::string& name,
                       auto figure) {
    contestants.push_back({"siege", task, name, items, figure});
  };
  const auto exchange = [&](const std::string& name, const Siege& siege) {
    add("1.07 MB, TCP, two workers", "exchanges", name,
        [=] { return besieged(siege, 1500, rate).hub; });
  };
  exchange("in calm", {});
  exchange("500 slow clients, elsewhere", {.slow = 500, .elsewhere = true});
  exchange("500 slow clients", {.slow = 500});
  exchange("a worker that reads nothing", {.deaf = true});
  exchange("both", {.slow = 500, .deaf = true});
  const auto entry = [&](const std::string& name, const Siege& siege) {
    add("a worker is let in", "workers", name,
        [=] { return 1 / besieged(siege, 10, rate).entry_seconds; });
  };
  entry("in calm", {});
  entry("1 000 silent connections", {.silent = 1000});
  entry("500 slow clients", {.slow = 500});
  const auto keep = [&](const std::string& name, const Siege& siege) {
    add("the most memory of the hub", "MB", name,
        [=] { return besieged(siege, 1500, memory).hub; });
  };
  keep("in calm", {});
  keep("1 000 silent connections", {.silent = 1000});
  keep("500 slow clients", {.slow = 500});
  return contest(argc, argv, contestants);
}
