#include <tributary/transport/detail/round.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace tributary;

namespace {

struct Commit {
  Commit(std::uint64_t count, double number)
      : events{count}, vector{Vector<double>::Constant(1, number)} {}
  Commit(std::uint64_t count, const Vector<double>& numbers) : events{count}, vector{numbers} {}
  std::uint64_t events;
  Vector<double> vector;
};
template <bool weighs_events>
Vector<double> merged(const std::vector<Commit>& commits) {
  detail::Round<double> round{weighs_events};
  for (const Commit& commit : commits)
    round.add({.steps = 1, .events = commit.events, .loss_sum = 1}, commit.vector);
  const CommitHeader total = round.total();
  CHECK(total.worker == all_workers);
  CHECK(total.contributors == static_cast<int>(commits.size()));
  CHECK(total.loss_sum == static_cast<double>(commits.size()));
  CHECK(round.headers().size() == commits.size());
  Vector<double> sum(commits.front().vector.size());
  round.merge(sum, [](const auto& commit) -> ConstView<double> { return commit; });
  return sum;
}

}  // namespace

TEST_CASE("the mean of a round counts each commit by its events, if the rule takes one") {
  // The mean over 8 events is (1 · 16 + 2 · 8 + 5 · 0) / 8 = 4, of three commits.
  const std::vector<Commit> uneven{{1, 16.0}, {2, 8.0}, {5, 0.0}};
  CHECK(merged<true>(uneven)[0] == doctest::Approx(4).epsilon(1e-15));
  CHECK(merged<false>(uneven)[0] == 24);
  const std::vector<Commit> even{{2, 16.0}, {2, 8.0}, {2, 0.0}};
  CHECK(merged<true>(even)[0] == doctest::Approx(8).epsilon(1e-15));
  CHECK(merged<false>(even)[0] == 24);
}

TEST_CASE("a commit without events has no weight, unless no commit has events") {
  CHECK(merged<true>({{0, 7.0}, {3, 5.0}})[0] == 5);
  CHECK(merged<true>({{3, 5.0}, {0, 7.0}})[0] == 5);
  CHECK(merged<true>({{0, 7.0}, {0, 5.0}})[0] == 6);
  CHECK(merged<true>({{3, 7.0}})[0] == 7);
}

TEST_CASE("the mean of equal commits is exactly equal to them, for any events") {
  const Vector<double> same{{std::sqrt(2.0), -1e-9, 1e200}};
  CHECK(merged<true>({{3, same}, {7, same}, {1, same}}) == same);
  for (std::size_t workers = 2; workers < 40; ++workers)
    CHECK(merged<true>(std::vector<Commit>(workers, {8, same})) == same);
}

TEST_CASE("numbers of events beyond a sum's range are only weights") {
  const std::uint64_t most = ~std::uint64_t{0};
  CHECK(merged<true>({{most, 8.0}, {most - (most >> 1), 2.0}})[0] == doctest::Approx(6));
}
