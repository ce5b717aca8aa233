#include <tributary/center/center.hpp>

#include <doctest/doctest.h>

#include <tributary/core/random.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/optimizer/clip_norm.hpp>
#include <tributary/optimizer/clip_value.hpp>
#include <tributary/optimizer/constant.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/scheduled.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/dynsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/hogwild.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/rule/ssp.hpp>
#include <type_traits>

using namespace tributary;

namespace {
template <Real S>
Vector<S> noise(Index size, Rng& rng) {
  Vector<S> x(size);
  for (S& each : x) each = static_cast<S>(normal(rng));
  return x;
}

/// The half as it is, but not to be cut.
template <class Half>
struct Whole : Half {
  static constexpr bool separable = false;
  auto fields() { return std::tie(static_cast<Half&>(*this)); }
  auto fields() const { return std::tie(static_cast<const Half&>(*this)); }
};

template <Real S, class Rule, class Optimizer = Sgd>
struct Centers {
  static constexpr int workers = 3;
  explicit Centers(const Rule& rule_, Vector<S> initial_, const Optimizer& optimizer_ = {})
      : rule{rule_}, optimizer{optimizer_}, initial{initial_} {}

  Rule rule;
  Optimizer optimizer;
  Vector<S> initial;
  ObserverList<> nobody;
  using Half = decltype(make_center_half<S>(rule, initial, workers, optimizer));
  Center<S, Rule::schedule, Half, ObserverList<>> cut{[&](const Vector<S>& segment) {
                                                        return make_center_half<S>(
                                                            rule, segment, workers, optimizer);
                                                      },
                                                      initial, workers, nobody};
  Center<S, Rule::schedule, Whole<Half>, ObserverList<>> whole{
      [&](const Vector<S>& segment) {
        return Whole<Half>{make_center_half<S>(rule, segment, workers, optimizer)};
      },
      initial, workers, nobody};
};

template <Real S, class Rule, class Optimizer = Sgd>
void merges_stripes_as_the_whole(const Rule& rule, const Optimizer& optimizer = {}) {
  for (const Index size : {1, 4099, 100'003}) {
    CAPTURE(size);
    Rng rng = Seed{3}.rng();
    Centers<S, Rule, Optimizer> centers{rule, noise<S>(size, rng), optimizer};
    auto& [r, o, initial, nobody, cut, whole] = centers;
    CHECK(cut.stripes() == (size == 1 ? 1 : size == 4099 ? (sizeof(S) == 4 ? 5 : 9) : 32));
    CHECK(whole.stripes() == 1);
    Vector<S> reply(size), reply_of_whole(size);
    for (const int worker : {0, 1, 2, 1, 1, 0}) {
      const CommitHeader header{.worker = worker, .contributors = 2, .steps = 1, .events = 1};
      const Vector<S> commit = noise<S>(size, rng);
      cut.merge(header, commit, 0, reply);
      whole.merge(header, commit, 0, reply_of_whole);
      CHECK(reply == reply_of_whole);
      if (worker == 2) CHECK(cut.read(0) == whole.read(0));
    }
    CHECK(cut.parameters() == whole.parameters());
    CHECK(cut.parameters() != initial);
    CHECK(cut.tally().staleness == whole.tally().staleness);
  }
}
}  // namespace

TEST_CASE_TEMPLATE("a center in stripes equals the undivided center, bit for bit", S, float,
                   double) {
  merges_stripes_as_the_whole<S>(Averaging{});
  merges_stripes_as_the_whole<S>(Easgd{});
  merges_stripes_as_the_whole<S>(Adag{});
  merges_stripes_as_the_whole<S>(DynSgd{});
  merges_stripes_as_the_whole<S>(Hogwild{});
  merges_stripes_as_the_whole<S>(Ssp{});
  merges_stripes_as_the_whole<S>(ParameterDistance{});
  merges_stripes_as_the_whole<S>(DcAsgd{});
  merges_stripes_as_the_whole<S>(DcAsgd{.form = DcAsgd::Form::adaptive});
  merges_stripes_as_the_whole<S>(DiLoCo{});
  merges_stripes_as_the_whole<S>(SynchronousSgd{}, Adam{});
  merges_stripes_as_the_whole<S>(AsynchronousSgd{}, Clipped{Momentum{}, ClipValue{.max = 0.5}});
  merges_stripes_as_the_whole<S>(SynchronousSgd{}, Scheduled{Adam{}, Constant{}});
}

TEST_CASE("a half that needs all parameters together is not divided") {
  const auto stripes = [](const auto& rule, const auto& optimizer) {
    using R = std::remove_cvref_t<decltype(rule)>;
    using O = std::remove_cvref_t<decltype(optimizer)>;
    return Centers<float, R, O>{rule, Vector<float>::Zero(100'000), optimizer}.cut.stripes();
  };
  CHECK(stripes(SynchronousSgd{}, Sgd{}) == 32);
  CHECK(stripes(SynchronousSgd{}, Clipped{Sgd{}, ClipNorm{}}) == 1);
  CHECK(stripes(DiLoCo{.outer = Clipped{Sgd{}, ClipNorm{}}}, Sgd{}) == 1);
  CHECK(stripes(SynchronousSgd{}, Scheduled{Clipped{Sgd{}, ClipNorm{}}, Constant{}}) == 1);
  CHECK(stripes(Independent{}, Sgd{}) == 1);
}

TEST_CASE("staleness counts the merges that others began in between") {
  Centers<double, DynSgd> centers{DynSgd{}, Vector<double>::Zero(4)};
  auto& center = centers.cut;
  const auto begin = [&](int worker) { return center.begin({.worker = worker}).staleness; };
  CHECK(begin(0) == 0);
  CHECK(begin(0) == 0);
  CHECK(begin(1) == 2);
  CHECK(begin(0) == 1);
  center.read(2);
  CHECK(begin(2) == 0);
  CHECK(begin(1) == 2);
}
