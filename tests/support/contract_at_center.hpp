#pragma once

#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/parameter_distance.hpp>

#include "support/contract.hpp"

namespace tributary::test {

/// Rules whose center has a state, or steps by an optimizer.
template <Real S>
void rules_that_work_at_the_center_keep_their_promises() {
  const Sgd sgd{.learning_rate = 0.2};
  for (const int overlap : {0, 1, 4}) {
    keeps_its_promises<S>(AsynchronousSgd{.period = 4, .overlap = overlap}, sgd);
    keeps_its_promises<S>(AsynchronousSgd{4, overlap, 0.05}, sgd);
    keeps_its_promises<S>(DcAsgd{.learning_rate = 0.2, .period = 4, .overlap = overlap});
    keeps_its_promises<S>(DcAsgd{.learning_rate = 0.2,
                                 .lambda = 0.1,
                                 .form = DcAsgd::Form::adaptive,
                                 .period = 4,
                                 .overlap = overlap});
    keeps_its_promises<S>(ParameterDistance{.period = 4, .overlap = overlap, .gamma = 0.01}, sgd);
    keeps_its_promises<S>(
        DiLoCo{.period = 4,
               .overlap = overlap,
               .outer = Nesterov{.learning_rate = 0.5, .momentum = overlap < 4 ? 0.6 : 0.1}},
        sgd);
  }
}

}  // namespace tributary::test
