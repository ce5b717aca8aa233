// A full update there, added to the center, the full center back: between two processes over
// loopback, by Tcp and by bare sockets, which know no checksum but the same, and nothing else.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tributary/core/crc32c.hpp>
#include <tributary/transport/tcp.hpp>
#include <tributary/tributary.hpp>
#include <vector>

#include "contest.hpp"
#include "pusher.hpp"
#include "w1.hpp"

using namespace tributary;

namespace {

/// Runs each in a process of its own, and this one's part beside them; exchanges a second.
double in_processes(int count, const std::function<void(int)>& child,
                    const std::function<double()>& parent) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t id = ::fork();
    if (id == 0) {
      try {
        child(i);
      } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
      }
      ::_exit(0);
    }
    children.push_back(id);
  }
  const double rate = parent();
  for (const pid_t id : children) ::waitpid(id, nullptr, 0);
  return rate;
}

double ours(const std::string& address, Index size, int workers, int exchanges,
            bool relaxed = false, const std::string& checkpoint = {}) {
  const Secret secret = Secret::of("a secret of a benchmark");
  const RunPlan run{{{{"parameters", std::to_string(size)}}}, [=](int n) {
                      const std::vector<std::uint64_t> steps(static_cast<std::size_t>(n),
                                                             static_cast<std::uint64_t>(exchanges));
                      return Ledger{steps, 1, false};
                    }};
  const Vector<float> initial = Vector<float>::Zero(size);
  Pace pace;
  ObserverList<Pace> watching{pace};
  const auto make_half = [](const Vector<float>&) { return AddingCenter<float>{}; };
  using Adding = Center<float, Schedule::asynchronous, AddingCenter<float>, ObserverList<Pace>>;
  const auto child = [&](int) {
    const Tcp tcp{.role = Tcp::worker, .address = address, .secret = secret};
    auto session = tcp.meet(run, initial);
    Adding center{make_half, initial, workers, watching};
    Pusher pusher{session.topology().local_ranks.front(), size, exchanges};
    AnyWorker<float>* const local[]{&pusher};
    session.run(center, local, {});
  };
  return in_processes(workers, child, [&] {
    const Tcp tcp{.role = Tcp::hub,
                  .address = address,
                  .workers = workers,
                  .secret = secret,
                  .checkpoint = checkpoint,
                  .relaxed_atomicity = relaxed};
    auto session = tcp.meet(run, initial);
    Adding center{make_half, initial, workers, watching};
    session.run(center, {}, {});
    return pace.rate();
  });
}

// Bare sockets.

void send_all(int socket, const void* data, std::size_t size) {
  for (const char* from = static_cast<const char*>(data); size > 0;) {
    const ssize_t sent = ::send(socket, from, size, MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error{"send"};
    from += sent;
    size -= static_cast<std::size_t>(sent);
  }
}
void receive_all(int socket, void* data, std::size_t size) {
  for (char* to = static_cast<char*>(data); size > 0;) {
    const ssize_t got = ::recv(socket, to, size, MSG_WAITALL);
    if (got <= 0) throw std::runtime_error{"recv"};
    to += got;
    size -= static_cast<std::size_t>(got);
  }
}
std::uint32_t checksum(const Vector<float>& v, Index begin, Index count) {
  return crc32c(std::as_bytes(std::span{v.data() + begin, static_cast<std::size_t>(count)}));
}
void send_piece(int socket, const Vector<float>& v, Index begin, Index count) {
  const std::uint32_t sum = checksum(v, begin, count);
  send_all(socket, &sum, sizeof sum);
  send_all(socket, v.data() + begin, sizeof(float) * static_cast<std::size_t>(count));
}
void receive_piece(int socket, Vector<float>& v, Index begin, Index count) {
  std::uint32_t sum;
  receive_all(socket, &sum, sizeof sum);
  receive_all(socket, v.data() + begin, sizeof(float) * static_cast<std::size_t>(count));
  if (sum != checksum(v, begin, count)) throw std::runtime_error{"checksum"};
}
void in_pieces(Index size, Index piece, const std::function<void(Index, Index)>& act) {
  for (Index begin = 0; begin < size; begin += piece) act(begin, std::min(piece, size - begin));
}

enum class Way { staged, streamed };
struct Exchange {
  Way way;
  Index piece;  ///< Numbers; a Unix socket takes less than 256 KiB at once.
  Index size;
  int times;
};

void bare_worker(int socket, const Exchange& exchange) {
  const auto [way, piece, size, times] = exchange;
  const Vector<float> update = Vector<float>::Constant(size, 1e-9f);
  Vector<float> center(size);
  for (int i = 0; i < times; ++i) {
    if (way == Way::staged) {
      in_pieces(size, piece, [&](Index b, Index n) { send_piece(socket, update, b, n); });
      in_pieces(size, piece, [&](Index b, Index n) { receive_piece(socket, center, b, n); });
    } else {  // the reply to a piece arrives while the next one is being sent
      Index before = -1, count = 0;
      in_pieces(size, piece, [&](Index b, Index n) {
        send_piece(socket, update, b, n);
        if (before >= 0) receive_piece(socket, center, before, count);
        before = b;
        count = n;
      });
      receive_piece(socket, center, before, count);
    }
  }
}
/// The center and its lock, for several workers.
struct BareCenter {
  Vector<float> parameters;
  std::mutex mutex = {};
};
void bare_hub(int socket, const Exchange& exchange, BareCenter& shared, bool alone) {
  const auto [way, piece, size, times] = exchange;
  Vector<float>& center = shared.parameters;
  Vector<float> staged(size);
  for (int i = 0; i < times; ++i) {
    if (way == Way::staged) {
      in_pieces(size, piece, [&](Index b, Index n) { receive_piece(socket, staged, b, n); });
      {
        const std::scoped_lock lock{shared.mutex};
        center += staged;
        if (!alone) staged = center;
      }
      const Vector<float>& reply = alone ? center : staged;
      in_pieces(size, piece, [&](Index b, Index n) { send_piece(socket, reply, b, n); });
    } else {
      in_pieces(size, piece, [&](Index b, Index n) {
        receive_piece(socket, staged, b, n);
        center.segment(b, n) += staged.segment(b, n);
        send_piece(socket, center, b, n);
      });
    }
  }
}
double bare(const std::string& address, const Exchange& exchange, int workers = 1) {
  namespace asio = tributary::detail::asio;
  asio::io_context context;
  const tributary::detail::Address where{address};
  tributary::detail::Acceptor acceptor = tributary::detail::listen(context, where);
  acceptor.non_blocking(false);
  return in_processes(
      workers,
      [&](int) {
        boost::system::error_code error;
        const auto stream = tributary::detail::connect(
            context, where, tributary::detail::Clock::now() + std::chrono::seconds{5}, error);
        const int socket = stream->descriptor();
        ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
        bare_worker(socket, exchange);
      },
      [&] {
        std::vector<tributary::detail::Socket> sockets;
        for (int i = 0; i < workers; ++i) {
          sockets.push_back(acceptor.accept());
          boost::system::error_code ignored;
          sockets.back().set_option(asio::ip::tcp::no_delay{true}, ignored);
        }
        BareCenter center{Vector<float>::Zero(exchange.size)};
        const Stopwatch clock;
        {
          std::vector<std::jthread> threads;
          for (auto& socket : sockets) {
            threads.emplace_back([&, number = socket.native_handle()] {
              bare_hub(number, exchange, center, workers == 1);
            });
          }
        }
        if (where.is_path()) ::unlink(where.path().c_str());
        return workers * exchange.times / clock.seconds();
      });
}

// W1 by two workers: threads of one process, or processes, with a third for the hub.

double w1_by_threads(const Events& data) {
  const RunReport report =
      Trainer{w1::net(), InProcess{.workers = 2}, Easgd{.period = 32}, w1::optimizer}
          .train(data, {.batch_size = 32})
          .report;
  return static_cast<double>(report.events) / report.seconds;
}
double w1_by_processes(const Events& data, const std::string& address) {
  const auto train = [&](const Tcp& tcp) {
    Pace pace;
    const RunReport report = Trainer{w1::net(), tcp, Easgd{.period = 32}, w1::optimizer}
                                 .train(data, {.batch_size = 32}, pace)
                                 .report;
    // The time of the first commit's steps is not known.
    return static_cast<double>(report.events) * (pace.merges - 1) / pace.merges /
           (pace.last - pace.first);
  };
  return in_processes(
      2, [&](int) { train({.role = Tcp::worker, .address = address}); },
      [&] { return train({.role = Tcp::hub, .address = address, .workers = 2}); });
}

}  // namespace

int main(int argc, char** argv) {
  constexpr Index small = 267'002, large = 25'500'000;
  const std::string tcp = "127.0.0.1:29471";
  const std::string local = "unix:/tmp/tributary_benchmark_" + std::to_string(::getpid());
  std::vector<Contestant> contestants;
  const auto add = [&](const std::string& task, const std::string& name, auto rate) {
    contestants.push_back({"exchange over sockets", task, name, "exchanges", rate});
  };
  const auto pair = [&](const std::string& size_name, Index size, int times,
                        const std::string& way_name, const std::string& address, Index piece) {
    const std::string task = size_name + ", one worker, " + way_name;
    add(task, "bare, staged", [=] { return bare(address, {Way::staged, piece, size, times}); });
    add(task, "bare, streamed", [=] { return bare(address, {Way::streamed, piece, size, times}); });
    add(task, "Tributary", [=] { return ours(address, size, 1, times); });
    add(task, "Tributary, relaxed atomicity", [=] { return ours(address, size, 1, times, true); });
    add(task, "Tributary, with checkpoints", [=] {
      const std::string file = local.substr(5) + ".checkpoint";
      const double rate = ours(address, size, 1, times, false, file);
      ::unlink(file.c_str());
      ::unlink((file + ".previous").c_str());
      return rate;
    });
  };
  pair("1.07 MB", small, 1000, "TCP", tcp, 65536);
  pair("1.07 MB", small, 1000, "Unix sockets", local, 16384);
  pair("102 MB", large, 10, "TCP", tcp, 65536);
  for (const int workers : {2, 4, 8, 16}) {
    const std::string task = "1.07 MB, TCP, " + std::to_string(workers) + " workers together";
    add(task, "bare, staged", [=] {
      return bare(tcp, {Way::staged, 65536, small, 2000 / workers}, workers);
    });
    add(task, "Tributary", [=] { return ours(tcp, small, workers, 2000 / workers); });
  }
  const Events data = w1::noise(32 * 2560);
  const auto w1 = [&](const std::string& name, auto rate) {
    contestants.push_back({"W1", "AEASGD, window 32, two workers", name, "samples", rate});
  };
  w1("threads", [&] { return w1_by_threads(data); });
  w1("processes, TCP", [&] { return w1_by_processes(data, tcp); });
  w1("processes, Unix sockets", [&] { return w1_by_processes(data, local); });
  return contest(argc, argv, contestants);
}
