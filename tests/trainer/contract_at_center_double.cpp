#include "support/contract_at_center.hpp"

TEST_CASE("rules that work at the center keep their promises, in double") {
  tributary::test::rules_that_work_at_the_center_keep_their_promises<double>();
}
