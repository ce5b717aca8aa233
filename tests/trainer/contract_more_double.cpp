#include "support/contract_more.hpp"

TEST_CASE("newer rules keep their promises on 1, 2, 3 and 8 workers, in double") {
  tributary::test::newer_rules_keep_their_promises<double>();
}
