// One pass of each optimizer over as many parameters as W1 has, against reading the gradient and
// rewriting the rest of its vectors and doing nothing else.

#include <cstddef>
#include <string>
#include <vector>

#include "contest.hpp"
#include "w1.hpp"

using namespace tributary;

/// `states` is the number of the optimizer's own vectors.
template <class O>
static Contestant pass(const std::string& name, const O& optimizer, int states) {
  const Index size = w1::net().parameter_count();
  const std::size_t vector = sizeof(float) * static_cast<std::size_t>(size);
  const std::size_t all = vector * static_cast<std::size_t>(2 + states);
  const double read = 1e-9 * static_cast<double>(vector);
  const double rewritten = 2 * (1 + states) * read;
  const auto limit = [=] {
    const double seconds = read / read_gigabytes(all) + rewritten / rewrite_gigabytes(all);
    return (read + rewritten) / seconds;
  };
  const Vector<float> ones = Vector<float>::Ones(size);
  const auto rate = [parameters = Vector<float>{ones}, gradient = Vector<float>{1e-3f * ones},
                     stepper = optimizer.template make_stepper<float>(ones)]() mutable {
    return calls_per_second([&] { stepper.apply(parameters, gradient); }, 0.05);
  };
  return {"optimizers", "one pass over W1's parameters", name, "passes",
          rate,         {read + rewritten, "GB", limit}};
}

int main(int argc, char** argv) {
  return contest(
      argc, argv,
      {pass("Sgd", Sgd{}, 0), pass("Momentum", Momentum{}, 1), pass("Nesterov", Nesterov{}, 1),
       pass("Adagrad", Adagrad{}, 1), pass("RmsProp", RmsProp{}, 1),
       pass("Adadelta", Adadelta{}, 2), pass("Adam", Adam{}, 2), pass("AdamW", AdamW{}, 2),
       pass("Adamax", Adamax{}, 2), pass("Nadam", Nadam{}, 2)});
}
