#pragma once

#include <csignal>
#include <ctime>
#include <stop_token>
#include <thread>

/// Turns Ctrl-C into a request to stop. Construct it before any other thread, because all threads must
/// inherit the blocked signals. A thread waits for the signals, so no code runs in a handler (POSIX).
class Interrupt {
 public:
  Interrupt() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    watcher_ = std::jthread{[this](std::stop_token done) {
      const timespec patience{.tv_sec = 0, .tv_nsec = 100'000'000};
      while (!done.stop_requested()) {
        if (sigtimedwait(&signals_, nullptr, &patience) > 0) source_.request_stop();
      }
    }};
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::stop_source source_;
  std::jthread watcher_;
};
