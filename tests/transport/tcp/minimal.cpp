#include "transport/minimal.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <tributary/transport/tcp.hpp>
#include <vector>

using namespace tributary;
using namespace tributary::test;

static_assert(Transport<Tcp, float> && Transport<Tcp, double>);
static_assert(detail::Admits<detail::TcpHub<Tcp, float>>);
static_assert(detail::Admits<detail::TcpHub<Tcp, double>>);

TEST_CASE_TEMPLATE("over sockets, too, only the base classes of workers and centers are needed", S,
                   float, double) {
  const auto ledger = [](int workers) {
    return Ledger{std::vector<std::uint64_t>(static_cast<std::size_t>(workers), 5), 1, false};
  };
  MinimalCenter<S> center{Schedule::asynchronous, 2};
  const auto session = Tcp::local(2).meet(RunPlan{{}, ledger}, center.parameters());
  CHECK(session.topology().local_ranks == std::vector{0, 1});
  run_minimal<S>(session, center, 2, 5);
  CHECK(center.parameters()[0] == 10);
  CHECK(center.tally().steps == 10);
  CHECK(center.tally().merges == 10);
}
