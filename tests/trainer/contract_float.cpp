#include "support/contract.hpp"

TEST_CASE("every rule keeps its promises on 1, 2, 3 and 8 workers, in float") {
  tributary::test::every_rule_keeps_its_promises<float>();
}
