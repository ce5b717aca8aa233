#include "support/contract.hpp"

TEST_CASE("asynchronous rules fulfill their contract on 1, 2, 3 and 8 workers, in double") {
  tributary::test::asynchronous_rules_keep_their_promises<double>();
}
