#include <tributary/center/center.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <tributary/core/random.hpp>
#include <tributary/optimizer/momentum.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/adag.hpp>
#include <tributary/rule/asynchronous_sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/dc_asgd.hpp>
#include <tributary/rule/diloco.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/rule/dynsgd.hpp>
#include <tributary/rule/eamsgd.hpp>
#include <tributary/rule/easgd.hpp>
#include <tributary/rule/hogwild.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/rule/moving_average.hpp>
#include <tributary/rule/parameter_distance.hpp>
#include <tributary/rule/ssp.hpp>
#include <tributary/rule/synchronous_sgd.hpp>
#include <utility>
#include <vector>

using namespace tributary;

namespace {

using Bytes = std::vector<std::byte>;
constexpr int workers = 3;

template <class Rule>
auto make_center(const Rule& rule, int of_workers, const Vector<float>& initial) {
  static ObserverList<> nobody;
  const auto make_half = [=](const Vector<float>& segment) {
    return make_center_half<float>(rule, segment, of_workers, Momentum{});
  };
  return Center<float, Rule::schedule, decltype(make_half(initial)), ObserverList<>>{
      make_half, initial, of_workers, nobody};
}

Vector<float> noise(Index size, Rng& rng) {
  Vector<float> x(size);
  for (float& each : x) each = static_cast<float>(normal(rng));
  return x;
}

/// The replies, one after the other. Under a synchronous rule each replies to the sum of all
/// commits.
Vector<float> merge_some(auto& center, Rng rng, int first) {
  const Index size = center.parameters().size();
  Vector<float> replies(6 * size);
  for (int i = 0; i < 6; ++i) {
    const bool together = center.traits().schedule == Schedule::synchronous;
    const CommitHeader header{.worker = together ? all_workers : (first + i * i) % workers,
                              .contributors = together ? workers : 1,
                              .steps = 1 + i,
                              .events = 10};
    center.merge(header, noise(size, rng), 0, replies.segment(i * size, size));
    center.record({Activity::waiting, 0, 0.0, 0.25});
    if (i == 3) center.read(first % workers);
  }
  return replies;
}

Bytes saved(const auto& center) {
  Bytes bytes;
  center.save(bytes);
  return bytes;
}

template <class Rule>
void goes_on_as_the_saved_one(const Rule& rule) {
  for (const Index size : {1, 1029}) {  // one stripe, and two
    CAPTURE(size);
    Rng rng = Seed{5}.rng();
    auto original = make_center(rule, workers, noise(size, rng));
    merge_some(original, Seed{6}.rng(), 0);

    auto restored = make_center(rule, workers, Vector<float>::Zero(size));
    const Bytes bytes = saved(original);
    std::span<const std::byte> rest = bytes;
    REQUIRE(restored.restore(rest));
    CHECK(rest.empty());
    CHECK(restored.parameters() == original.parameters());
    CHECK(restored.models() == original.models());
    CHECK(saved(restored) == bytes);

    CHECK(merge_some(restored, Seed{7}.rng(), 1) == merge_some(original, Seed{7}.rng(), 1));
    CHECK(restored.parameters() == original.parameters());
    CHECK(restored.models() == original.models());
    CHECK(restored.tally().staleness == original.tally().staleness);
    CHECK(saved(restored) == saved(original));
  }
}

}  // namespace

TEST_CASE("a restored center of any rule goes on as the saved one, bit for bit") {
  goes_on_as_the_saved_one(Independent{});
  goes_on_as_the_saved_one(Averaging{});
  goes_on_as_the_saved_one(SynchronousSgd{});
  goes_on_as_the_saved_one(AsynchronousSgd{});
  goes_on_as_the_saved_one(Easgd{});
  goes_on_as_the_saved_one(SynchronousEasgd{});
  goes_on_as_the_saved_one(Eamsgd{});
  goes_on_as_the_saved_one(Downpour{});
  goes_on_as_the_saved_one(Adag{});
  goes_on_as_the_saved_one(DynSgd{});
  goes_on_as_the_saved_one(Hogwild{});
  goes_on_as_the_saved_one(Ssp{});
  goes_on_as_the_saved_one(ParameterDistance{});
  goes_on_as_the_saved_one(DcAsgd{});
  goes_on_as_the_saved_one(DcAsgd{.form = DcAsgd::Form::adaptive});
  goes_on_as_the_saved_one(DiLoCo{});
  goes_on_as_the_saved_one(DiLoCo{.outer = Sgd{.learning_rate = 0.7}});
  goes_on_as_the_saved_one(MovingAverage{Downpour{}});
  goes_on_as_the_saved_one(MovingAverage{DcAsgd{.form = DcAsgd::Form::adaptive}});
  goes_on_as_the_saved_one(MovingAverage{DiLoCo{}});
  goes_on_as_the_saved_one(MovingAverage{Ssp{}});
}

TEST_CASE("a center refuses the state of another one, and truncated state") {
  auto original = make_center(DcAsgd{}, workers, Vector<float>::Zero(4));
  merge_some(original, Seed{1}.rng(), 0);
  const Bytes bytes = saved(original);
  const auto refuses = [](auto center, std::span<const std::byte> from) {
    const Status status = center.restore(from);
    return !status && status.error() == Errc::size_mismatch;
  };
  CHECK(refuses(make_center(DcAsgd{}, workers, Vector<float>::Zero(5)), bytes));
  CHECK(refuses(make_center(DcAsgd{}, workers + 1, Vector<float>::Zero(4)), bytes));
  CHECK(refuses(
      make_center(DcAsgd{.form = DcAsgd::Form::adaptive}, workers, Vector<float>::Zero(4)), bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(refuses(make_center(DcAsgd{}, workers, Vector<float>::Zero(4)),
                  std::span{bytes}.first(size)));
  }
}

TEST_CASE("a center refuses versions that it cannot have reached") {
  auto center = make_center(Downpour{}, workers, Vector<float>::Zero(1));
  const Bytes bytes = saved(center);
  const std::size_t begun = bytes.size() - sizeof(float) - 8 - 8 - 8 * workers - 8 - 8;
  for (const std::size_t at : {begun, begun + 16, begun + 16 + 16}) {
    Bytes wrong = bytes;
    wrong[at] = std::byte{1};
    std::span<const std::byte> rest = wrong;
    const Status status = center.restore(rest);
    REQUIRE(!status);
    CHECK(status.error() == Errc::out_of_range);
  }
}

TEST_CASE("a center that was saved during a merge can be restored") {
  const Vector<float> initial = Vector<float>::Zero(3000);  // three stripes
  auto center = make_center(Downpour{}, workers, initial);
  merge_some(center, Rng{5}, 0);
  const auto info = center.begin({.worker = 1, .steps = 2, .events = 10});
  const Vector<float> commit = Vector<float>::Ones(3000);
  Vector<float> reply(3000);
  center.merge(0, info, center.stripe(commit, 0), center.stripe(reply, 0));
  Bytes saved;
  center.save(saved);
  auto restored = make_center(Downpour{}, workers, initial);
  std::span<const std::byte> from{saved};
  REQUIRE(restored.restore(from));
  CHECK(from.empty());
  CHECK(restored.parameters() == center.parameters());
  CHECK(restored.tally().merges == 6);
}
