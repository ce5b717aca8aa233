#include <tributary/transport/detail/pin_thread.hpp>

#include <doctest/doctest.h>

#include <thread>

using namespace tributary;

#if defined(__linux__)
TEST_CASE("a pinned thread keeps one of its cores; other threads keep theirs") {
  const auto cores = [] {
    cpu_set_t set;
    REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
    return set;
  };
  const cpu_set_t all = cores();
  for (const int n : {0, 1, 1000}) {
    std::thread{[&] {
      CHECK(pin_thread(n));
      const cpu_set_t mine = cores();
      cpu_set_t both;
      CPU_AND(&both, &mine, &all);
      CHECK(CPU_COUNT(&mine) == 1);
      CHECK(CPU_EQUAL(&both, &mine));
    }}.join();
  }
  const cpu_set_t after = cores();
  CHECK(CPU_EQUAL(&after, &all));
}
#endif
