// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <tributary/core/vector.hpp>
#include <utility>
#include <vector>

namespace tributary::inline v0_1::detail {

/// Memory for a fixed number of commits at once, for all workers. It is allocated at the first use.
template <Real S>
class Staging {
 public:
  explicit Staging(std::size_t most) : unmade_{std::max<std::size_t>(1, most)} {}

  /// Lends memory to `memory` for the loan's lifetime. Waits until some is free.
  class Loan {
   public:
    Loan(Staging& staging, Vector<S>& memory) : staging_{staging}, memory_{memory} {
      memory = staging.take();
    }
    Loan(Loan&&) = delete;
    ~Loan() { staging_.give_back(std::move(memory_)); }

   private:
    Staging& staging_;
    Vector<S>& memory_;
  };

 private:
  Vector<S> take() {
    std::unique_lock lock{mutex_};
    given_back_.wait(lock, [&] { return unmade_ > 0 || !free_.empty(); });
    if (free_.empty()) {
      --unmade_;
      return {};
    }
    Vector<S> memory = std::move(free_.back());
    free_.pop_back();
    return memory;
  }
  void give_back(Vector<S>&& memory) {
    {
      const std::scoped_lock lock{mutex_};
      free_.push_back(std::move(memory));
    }
    given_back_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable given_back_;
  std::size_t unmade_;
  std::vector<Vector<S>> free_;
};

}  // namespace tributary::inline v0_1::detail
