#include "support/contract.hpp"

TEST_CASE("synchronous rules fulfill their contract on 1, 2, 3 and 8 workers, in double") {
  tributary::test::synchronous_rules_keep_their_promises<double>();
}
