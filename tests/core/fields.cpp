#include <tributary/core/fields.hpp>

#include <doctest/doctest.h>

#include <any>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tributary/core/vector.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clipped.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/nesterov.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/optimizer/warm_up.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using namespace tributary;

namespace {

template <class T>
constexpr std::size_t fields = detail::count_fields<T>();

struct None {};
struct Derived : None {
  int own = 1;
};
struct DerivedTwice : Derived {};
struct OnlyOfMany {
  std::optional<int> number = {};
};
struct Awkward {
  std::optional<std::string> maybe;
  Vector<float> vector;
  std::vector<Vector<double>> vectors;
  std::string text;
  std::function<void(int)> function;
  std::any anything;
  std::unique_ptr<int> only_moves;
  std::array<int, 3> numbers;
  int* pointer;
  None none;
  Matrix<double> matrix;
};
struct NoDefault {
  explicit NoDefault(int);
};
struct HoldsNoDefault {
  int before = 0;
  NoDefault inner;
  int after = 0;
};
struct Twelve {
  char a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10, k = 11, l = 12;
};
class Private {
 public:
  auto fields() { return std::tie(first_, second_); }
  auto fields() const { return std::tie(first_, second_); }

 private:
  int first_ = 3, second_ = 4;
};

int sum(const auto& object) {
  int total = 0;
  for_each_field(object, [&](const auto& field) { total = 100 * total + static_cast<int>(field); });
  return total;
}

}  // namespace

TEST_CASE("the members of an aggregate are counted, with any constructors") {
  CHECK(fields<None> == 0);
  CHECK(fields<OnlyOfMany> == 1);
  CHECK(fields<Derived> == 1);
  CHECK(fields<Awkward> == 11);
  CHECK(fields<HoldsNoDefault> == 3);
  CHECK(fields<Twelve> == 12);
}

TEST_CASE("the members of settings, steppers and halves are counted") {
  CHECK(fields<Downpour> == 3);
  CHECK(fields<Easgd> == 3);
  CHECK(fields<DiLoCo<>> == 3);
  CHECK(fields<DiLoCo<Sgd>> == 3);  // the default of `outer` does not fit
  CHECK(fields<WarmUp<>> == 2);
  CHECK(fields<Clipped<Sgd, ClipNorm>> == 2);
  CHECK(fields<AdamStepper<float>> == 9);
  CHECK(fields<NesterovStepper<double>> == 5);
  CHECK(fields<ScheduledStepper<float, AdamStepper<float>, WarmUp<>>> == 5);
  CHECK(fields<AddingCenter<float>> == 0);
  CHECK(fields<BoundedCenter<float>> == 1);
  CHECK(fields<ElasticCenter<double>> == 1);
  CHECK(fields<MembersCenter<double>> == 1);
  CHECK(fields<ProgressWorker<float>> == 5);
  CHECK(fields<GradientWorker<float>> == 7);
}

TEST_CASE("members are visited in their order, and may be changed unless the aggregate is const") {
  CHECK(sum(Derived{}) == 1);
  CHECK(sum(Private{}) == 304);
  MomentumStepper<double> stepper{0.5, 0.25, Vector<double>::Ones(3)};
  std::vector<const void*> visited;
  for_each_field(stepper, [&](auto& field) {
    visited.push_back(&field);
    field *= 2;
  });
  CHECK(visited ==
        std::vector<const void*>{&stepper.learning_rate, &stepper.momentum, &stepper.velocity});
  CHECK(stepper.learning_rate == 1);
  CHECK(stepper.velocity.sum() == 6);
  for_each_field(std::as_const(stepper), [](auto& field) {
    static_assert(std::is_const_v<std::remove_reference_t<decltype(field)>>);
  });
  Twelve twelve;
  int expected = 0;
  for_each_field(twelve, [&](char& field) { CHECK(field == ++expected); });
  CHECK(expected == 12);
}

TEST_CASE("a clipped stepper lists the stepper and the clip") {
  auto stepper = Clipped{Sgd{}, ClipNorm{.max = 3}}.make_stepper(Vector<float>{});
  int visited = 0;
  for_each_field(stepper, [&]<class F>(F& field) {
    if constexpr (std::is_same_v<F, ClipNorm>) CHECK(field.max == 3);
    if constexpr (std::is_same_v<F, SgdStepper<float>>) CHECK(field.learning_rate == 0.01f);
    ++visited;
  });
  CHECK(visited == 2);
}
