#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace tributary::test {

/// Runs a function in a process of its own, which may be killed at any moment; its result comes
/// back through a pipe. Make it while this process has a single thread.
class Process {
 public:
  explicit Process(const std::function<double()>& run) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error{"pipe"};
    id_ = ::fork();
    if (id_ == 0) {
      ::close(ends[0]);
      int status = 1;
      try {
        const double result = run();
        status = ::write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1;
      } catch (const std::exception& error) {
        if (std::getenv("TRIBUTARY_TEST_VERBOSE")) std::cerr << error.what() << '\n';
      }
      ::_exit(status);
    }
    ::close(ends[1]);
    result_ = ends[0];
  }
  Process(Process&& other) noexcept
      : id_{std::exchange(other.id_, -1)}, result_{std::exchange(other.result_, -1)} {}
  Process& operator=(Process&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(result_, other.result_);
    return *this;
  }
  ~Process() {
    if (id_ > 0) kill();
    if (result_ >= 0) ::close(result_);
  }

  void kill() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    id_ = -1;
  }
  /// Waits for its end. Throws if it failed, was killed, or has not ended in time.
  double result() {
    const std::optional<double> value = wait();
    if (!value) throw std::runtime_error{"a process has failed"};
    return *value;
  }
  /// The result, or nothing if it failed.
  std::optional<double> wait(std::chrono::seconds most = std::chrono::seconds{90}) {
    ::pollfd one{result_, POLLIN, 0};
    double value = 0;
    if (::poll(&one, 1, static_cast<int>(1000 * most.count())) != 1)
      throw std::runtime_error{"a process has not ended in time"};
    const bool told = ::read(result_, &value, sizeof value) == sizeof value;
    ::waitpid(std::exchange(id_, -1), nullptr, 0);
    return told ? std::optional{value} : std::nullopt;
  }

 private:
  ::pid_t id_ = -1;
  int result_ = -1;
};

}  // namespace tributary::test
