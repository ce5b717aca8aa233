// A system without further threads or file handles.

#include "transport/tcp/peers.hpp"
#include "transport/tcp/processes.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <list>
#include <string>
#include <system_error>
#include <thread>

using namespace tributary;
using namespace tributary::test;

namespace {

const Secret key = Secret::of("a key that is long enough");
constexpr std::size_t steps = 30;
constexpr double not_to_be_had = -1;

void limit(int what, ::rlim_t most) {
  ::rlimit now{};
  ::getrlimit(static_cast<::__rlimit_resource>(what), &now);
  now.rlim_cur = std::min(most, now.rlim_max);
  ::setrlimit(static_cast<::__rlimit_resource>(what), &now);
}
/// Allows no more threads in this process; false if the system does not enforce it.
bool forbid_threads() {
  if (::geteuid() == 0 && ::setuid(65534) != 0) return false;  // no limit for the superuser
  limit(RLIMIT_NPROC, 0);
  try {
    std::jthread{[] {}};
  } catch (const std::system_error&) {
    return true;
  }
  return false;
}
Outcome train(const Tcp& tcp) {
  Log log;
  return counting(steps, 4)({tcp}, log);
}
/// 1 if it ends with a system error that names threads.
int is_told(const Tcp& tcp) {
  try {
    train(tcp);
  } catch (const std::system_error& error) {
    return std::string{error.what()}.starts_with("cannot start a thread for ") ? 1 : 0;
  }
  return 0;
}

}  // namespace

TEST_CASE("a run whose threads cannot be started ends with an error") {
  Process without{[] {
    if (!forbid_threads()) return not_to_be_had;
    return static_cast<double>(
        is_told(Tcp::local(2)) +
        is_told({.address = "127.0.0.1:0", .workers = 2, .local_workers = 2, .secret = key}));
  }};
  const double told = without.result();
  if (told == not_to_be_had) {
    MESSAGE("threads cannot be limited here");
    return;
  }
  CHECK(told == 2);
}

TEST_CASE("a worker is refused if the hub cannot start its thread, and may join later") {
  Process hub{[] {
    Running running{{.address = "127.0.0.1:0", .workers = 1, .secret = key}, counting(steps, 4)};
    const std::string address = running.address();
    const Offer offer{.worker_id = 7, .fingerprint = running.fingerprint()};
    // The hub's own threads are running when it answers.
    if (!holds_soon([&] { return Peer{address}.knock(key, offer).first.rank == 0; })) return 0.0;
    if (!forbid_threads()) return not_to_be_had;
    std::string refusal;
    holds_soon([&] {
      try {
        Peer peer{address};
        peer.enter(key, offer);
        refusal = peer.refusal();
        return refusal.find("cannot start a thread for it") != std::string::npos;
      } catch (const std::runtime_error&) {
        return false;  // the hub has not noticed the end of the one before
      }
    });
    if (refusal.find("cannot start a thread for it") == std::string::npos) return 0.0;
    limit(RLIMIT_NPROC, RLIM_INFINITY);
    const Outcome worker = train({.role = Tcp::worker, .address = address, .secret = key});
    return double{worker.parameters[0]} + running.result().report.lost;
  }};
  const double counted = hub.result();
  if (counted == not_to_be_had) {
    MESSAGE("threads cannot be limited here");
    return;
  }
  CHECK(counted == double{steps});
}

TEST_CASE("100 silent connections leave file handles for checkpoints and for a worker") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tributary_scarcity_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string address = "unix:" + (folder / "hub").string();
  Process hub{[&] {
    limit(RLIMIT_NOFILE, 48);
    Log log;
    const Outcome outcome = counting(steps, 4)({{.address = address,
                                                 .workers = 1,
                                                 .secret = key,
                                                 .checkpoint = folder / "checkpoint",
                                                 .checkpoint_seconds = 0.001}},
                                               log);
    const bool well = log.told("few file handles are left") > 0 && log.told("written") == 0;
    return well ? double{outcome.parameters[0]} : -2.0;
  }};
  REQUIRE(holds_soon([&] { return std::filesystem::exists(folder / "hub"); }));
  std::list<Peer> silent;
  for (int i = 0; i < 100; ++i) silent.emplace_back(address);
  const Outcome worker = train({.role = Tcp::worker, .address = address, .secret = key});
  CHECK(worker.parameters[0] == float{steps});
  CHECK(hub.result() == double{steps});
  std::filesystem::remove_all(folder);
}
