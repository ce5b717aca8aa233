#include "support/divergence.hpp"

#include <doctest/doctest.h>

#include <tributary/codec/int8.hpp>
#include <tributary/transport/tcp.hpp>

using namespace tributary;
using namespace tributary::test;

TEST_CASE("a last step that makes NaN is an error over TCP") {
  sees_the_last_step(Tcp::local(1), Independent{}, 1, 40);
  sees_the_last_step(Tcp::local(1), Averaging{.period = 3}, 41, 60);
  sees_the_last_step(Tcp::local(1), Downpour{}, 61, 80);
  // Who is alone waits for the others before it has taken its last step.
  sees_the_last_step(Tcp::local(3), Averaging{.period = 3}, 81, 100);
}

TEST_CASE("a center that overflows ends the run of all processes") {
  const char* const message = "training diverged: ";
  sees_the_overflow(Tcp::local(3), message);
  Tcp relaxed = Tcp::local(3);
  relaxed.relaxed_atomicity = true;
  sees_the_overflow(relaxed, message);
  sees_the_overflow(BasicTcp<Int8, BFloat16>::local(3), message);
}
