#include <tributary/data/k_fold.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "support.hpp"

using namespace tributary;

namespace {

/// Events with two features and weights, which follow from their numbers.
Events with_numbers(const std::vector<std::uint64_t>& numbers) {
  Events events{.features = Matrix<float>(2, std::ssize(numbers)),
                .weights = Vector<float>(std::ssize(numbers)),
                .classes = {"b", "s"},
                .event_numbers = numbers};
  for (Index i = 0; i < std::ssize(numbers); ++i) {
    const auto number = static_cast<float>(numbers[static_cast<std::size_t>(i)]);
    events.features.col(i) << number, -number;
    events.weights[i] = 2 * number;
    events.labels.push_back(static_cast<int>(numbers[static_cast<std::size_t>(i)] % 2));
  }
  return events;
}
std::vector<std::uint64_t> up_to(std::uint64_t end, std::uint64_t step = 1) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t n = 0; n < end; n += step) numbers.push_back(n);
  return numbers;
}
std::string refusal(const auto& action) { return message_of<std::invalid_argument>(action); }

}  // namespace

TEST_CASE("the fold of a number is that of an independent program") {
  const auto folds = [](const KFold& fold) {
    std::vector<int> of;
    for (const std::uint64_t number : {0ull, 1ull, 2ull, 3ull, 100000ull, 100001ull, 1ull << 53})
      of.push_back(fold.of(number));
    return of;
  };
  CHECK(folds({}) == std::vector{1, 4, 4, 1, 4, 0, 0});
  CHECK(folds({.folds = 3, .seed = 7}) == std::vector{2, 2, 2, 1, 0, 1, 0});
}

TEST_CASE("each event is a test event once, whole, and never in the training of that fold") {
  const Events events = with_numbers(up_to(1000));
  for (const int k : {2, 5, 10}) {
    const KFold folds{.folds = k};
    std::multiset<std::uint64_t> tested;
    for (int fold = 0; fold < k; ++fold) {
      const auto [training, test] = folds.split(events, fold);
      CHECK(training.size() + test.size() == 1000);
      for (const std::uint64_t number : test.event_numbers) CHECK(folds.of(number) == fold);
      for (const std::uint64_t number : training.event_numbers) CHECK(folds.of(number) != fold);
      for (const Events* part : {&training, &test}) {
        part->validate();
        const Events expected = with_numbers(part->event_numbers);
        CHECK(part->features == expected.features);
        CHECK(part->weights == expected.weights);
        CHECK(part->labels == expected.labels);
        CHECK(part->classes == expected.classes);
        CHECK(std::ranges::is_sorted(part->event_numbers));
      }
      tested.insert(test.event_numbers.begin(), test.event_numbers.end());
    }
    const auto all = up_to(1000);
    CHECK(std::ranges::equal(tested, all));
  }
}

TEST_CASE("folds of even numbers alone are equally large within four standard deviations") {
  const Events events = with_numbers(up_to(200'000, 20));
  Events unlabeled = events;
  unlabeled.labels.clear();
  for (int fold = 0; fold < 5; ++fold) {
    const auto size = static_cast<double>(KFold{}.split(unlabeled, fold).second.size());
    CHECK(std::abs(size - 2000) < 4 * std::sqrt(10'000 * 0.2 * 0.8));
  }
}

TEST_CASE("an event keeps its fold among others, and its copies follow it") {
  Events events = with_numbers(up_to(300));
  Events shifted = events;
  shifted.features.array() += 0.5f;  // the same events after a systematic shift
  const Events both = shuffle(concatenate(shifted, events), Seed{3});
  CHECK(both.event_numbers.size() == 600);
  for (int fold = 0; fold < 5; ++fold) {
    const auto [training, test] = KFold{}.split(both, fold);
    const std::set<std::uint64_t> kept(training.event_numbers.begin(),
                                       training.event_numbers.end());
    for (const std::uint64_t number : test.event_numbers) CHECK(!kept.contains(number));
    CHECK(test.size() == 2 * KFold{}.split(events, fold).second.size());
  }
}

TEST_CASE("a cross-validation gives the score of each fold") {
  const Events events = with_numbers(up_to(100));
  const KFold folds{.folds = 4, .seed = 2};
  int trainings = 0;
  const Measurements scores =
      cross_validate(folds, events, [&](const Events& training, const Events& test) {
        CHECK(training.size() + test.size() == 100);
        CHECK(test.features == folds.split(events, trainings).second.features);
        return ++trainings;
      });
  CHECK(scores.values == std::vector<double>{1, 2, 3, 4});
}

TEST_CASE("folds that leak, or that lack events, are refused before the first training") {
  const Events events = with_numbers(up_to(100));
  const auto refused = [](const Events& wrong, int k = 5) {
    return refusal([&] {
      cross_validate(KFold{.folds = k}, wrong, [](const Events&, const Events&) {
        FAIL("it trained");
        return 0;
      });
    });
  };
  CHECK(refused(events, 1) == "KFold::folds = 1, must be at least 2");
  CHECK(refused(Events{}) == "KFold::split: events = 0, must be at least one");
  Events wrong = events;
  wrong.event_numbers.clear();
  CHECK(refused(wrong) ==
        "KFold::split: event_numbers = 0, must be one an event, see AssembleOptions::event_number");
  wrong = events;
  wrong.state = FeatureState::scaled;
  CHECK(refused(wrong) ==
        "KFold::split: features = scaled, must be measured, as test events must not influence the "
        "training: fit a Preprocessing to the training events of each fold");
  wrong = events;
  wrong.event_numbers.assign(100, 6);
  CHECK(holds(refused(wrong), "events of fold 0 in class 0 = 0, must be at least one"));
  wrong.event_numbers.pop_back();
  CHECK(holds(refused(wrong), "Events::event_numbers.size() = 99, must be one an event"));
  CHECK(refusal([&] { KFold{}.split(events, 5); }) == "KFold::split: fold = 5, must be in [0, 5)");
}
