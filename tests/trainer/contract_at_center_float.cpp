#include "support/contract_at_center.hpp"

TEST_CASE("rules with the optimizer at the center fulfill their contract, in float") {
  tributary::test::rules_that_work_at_the_center_keep_their_promises<float>();
}
