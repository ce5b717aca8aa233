#include <tributary/transport/detail/spin.hpp>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace tributary;

TEST_CASE("spinning ends when it is done, or gives up") {
  int asked = 0;
  CHECK(spin_until([&] { return ++asked == 3; }));
  CHECK(asked == 3);
  CHECK_FALSE(spin_until([] { return false; }));
  asked = 0;
  CHECK(spin_until([&] { return ++asked == 1; }, 0));
  CHECK(asked == 1);
}

TEST_CASE("a lock taken by spinning excludes others, also those that had to sleep for it") {
  std::mutex mutex;
  int count = 0;
  auto held = lock_soon(mutex);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        const auto lock = lock_soon(mutex);
        ++count;
      }
    });
  }
  spin_until([] { return false; }, 10'000);
  CHECK(count == 0);
  held.unlock();
  threads.clear();
  CHECK(count == 4000);
}
