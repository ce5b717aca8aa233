#include <tributary/trainer/stop_on_signal.hpp>

#include <doctest/doctest.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <stop_token>
#include <system_error>
#include <thread>

using namespace tributary;

namespace {

bool is_blocked(int signal) {
  ::sigset_t set;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &set);
  return ::sigismember(&set, signal) == 1;
}

}  // namespace

TEST_CASE("a signal requests a stop, and does not end the process") {
  for (const int signal : {SIGTERM, SIGUSR1}) {
    const StopOnSignal signals{SIGTERM, SIGUSR1};
    CHECK(is_blocked(signal));
    CHECK(signals.received() == 0);
    const std::stop_token stop = signals.stop_token();
    CHECK_FALSE(stop.stop_requested());
    ::kill(::getpid(), signal);
    while (!stop.stop_requested()) std::this_thread::yield();
    CHECK(signals.received() == signal);
  }
  CHECK_FALSE(is_blocked(SIGTERM));
  CHECK_FALSE(is_blocked(SIGUSR1));
}

TEST_CASE("a number that is no signal is refused") {
  CHECK_THROWS_AS((StopOnSignal{SIGTERM, 10'000}), std::system_error);
  CHECK_FALSE(is_blocked(SIGTERM));
}
