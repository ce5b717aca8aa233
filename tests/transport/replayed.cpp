// A recorded run of threads is computed again: the same bits after every merge.
#include <tributary/transport/replayed.hpp>

#include <doctest/doctest.h>

#include <tributary/model/activations.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/adam.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/moving_average.hpp>
#include <tributary/rule/parameter_distance.hpp>

#include "support/checksums.hpp"
#include "support/rules.hpp"

using namespace tributary;
using namespace tributary::test;

namespace {

Events points(int count) {
  Events all{.features = Matrix<float>(20, count)};
  Rng rng = Seed{5}.rng();
  for (auto x : all.features.colwise()) {
    for (float& value : x) value = static_cast<float>(normal(rng));
    all.labels.push_back(x.head(3).sum() > 0);
  }
  return all;
}
/// 5 stripes.
const Sequential net{Dense<20, 150>{}, Relu{}, Dropout{0.2}, Dense<150, 2>{},
                     SoftmaxCrossEntropy{}};

void check(const auto& rule, const auto&... optimizer) {
  const Events data = points(601);
  CAPTURE(rule.overlap);
  for (const int workers : {2, 4, 8}) {
    CAPTURE(workers);
    Recording recording;
    Checksums<float> recorded, replayed;
    TrainOptions options{.epochs = 3, .batch_size = 4, .seed = Seed{9}, .recording = &recording};
    const auto first = Trainer{net, InProcess{.workers = workers}, rule, optimizer...}.train(
        data, options, recorded);
    CHECK(recording.merges() == recorded.entries.size());
    options.recording = nullptr;
    const auto second =
        Trainer{net, Replayed{recording}, rule, optimizer...}.train(data, options, replayed);
    CHECK(recorded.entries == replayed.entries);
    CHECK(first.members == second.members);
    CHECK(first.report.steps == second.report.steps);
  }
}

}  // namespace

TEST_CASE("a replay has the same center after every merge, for every asynchronous rule") {
  for (const int overlap : {0, 1, 3}) {
    check(Downpour{.period = 3, .overlap = overlap}, Adam{});
    check(Adag{.period = 3, .overlap = overlap}, Sgd{});
    check(DynSgd{.period = 3, .overlap = overlap}, Sgd{});
    check(Easgd{.period = 3, .overlap = overlap}, Adam{});
    check(Eamsgd{.period = 3, .overlap = overlap});
    check(ParameterDistance{.period = 3, .overlap = overlap}, Sgd{});
    check(AsynchronousSgd{.period = 3, .overlap = overlap}, Adam{});
    check(DcAsgd{.form = DcAsgd::Form::adaptive, .period = 3, .overlap = overlap});
    check(Ssp{.period = 3, .overlap = overlap, .bound = 1}, Sgd{});
    check(Independent{.period = 3, .overlap = overlap}, Sgd{});
  }
  check(Downpour{.period = 2, .fetch_period = 4}, Sgd{});
  check(MovingAverage{Downpour{.period = 3}, 0.9}, Sgd{});
}
