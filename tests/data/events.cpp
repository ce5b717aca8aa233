#include <tributary/data/events.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

using namespace tributary;

static_assert(HasDigest<Events> && HasDigest<BasicEvents<double>>);

namespace {

Events three_events() {
  return {.features = Matrix<float>::Ones(2, 3),
          .labels = {0, 1, 1},
          .targets = Matrix<float>::Zero(1, 3),
          .weights = Vector<float>::Constant(3, 0.1f),
          .classes = {"b", "s"},
          .feature_names = {"pt", "eta"},
          .target_names = {"mass"}};
}

}  // namespace

TEST_CASE("events whose parts fit together are valid, and so are those with parts left out") {
  CHECK_NOTHROW(three_events().validate());
  CHECK_NOTHROW(Events{}.validate());
  CHECK_NOTHROW(Events{.features = Matrix<float>::Ones(2, 3)}.validate());
  CHECK_NOTHROW((Events{.features = Matrix<float>::Ones(2, 1), .labels = {17}}.validate()));
}

TEST_CASE("events whose parts do not fit together are an error that names the part") {
  Events events = three_events();
  events.labels = {0, 1, 2};
  CHECK_THROWS_WITH_AS(events.validate(), "Events::labels[2] = 2, must be in [0, 2)",
                       std::invalid_argument);
  events.labels = {0, -1, 2};
  CHECK_THROWS_WITH_AS(events.validate(), "Events::labels[1] = -1, must be in [0, 2)",
                       std::invalid_argument);
  events.labels = {0, 1};
  CHECK_THROWS_WITH_AS(events.validate(),
                       "Events::labels.size() = 2, must be one an event, of 3 events",
                       std::invalid_argument);

  events = three_events();
  events.weights.resize(4);
  CHECK_THROWS_WITH_AS(events.validate(),
                       "Events::weights.size() = 4, must be one an event, of 3 events",
                       std::invalid_argument);
  events = three_events();
  events.weights = Vector<float>::Constant(3, std::numeric_limits<float>::quiet_NaN());
  CHECK_THROWS_WITH_AS(events.validate(), "Events::weights[0] = nan, must be finite",
                       std::invalid_argument);
  events = three_events();
  events.targets.resize(1, 2);
  CHECK_THROWS_WITH_AS(events.validate(),
                       "Events::targets.cols() = 2, must be one an event, of 3 events",
                       std::invalid_argument);
  events = three_events();
  events.feature_names.push_back("phi");
  CHECK_THROWS_WITH_AS(events.validate(),
                       "Events::feature_names.size() = 3, must be one a row, of 2 rows",
                       std::invalid_argument);
  events = three_events();
  events.target_names.push_back("charge");
  CHECK_THROWS_WITH_AS(events.validate(),
                       "Events::target_names.size() = 2, must be one a row, of 1 rows",
                       std::invalid_argument);
}

TEST_CASE("a cast to double and back keeps everything") {
  const Events events = three_events();
  const BasicEvents<double> wide = events.cast<double>();
  CHECK(wide.weights[0] == static_cast<double>(0.1f));
  const Events back = wide.cast<float>();
  CHECK(back.features == events.features);
  CHECK(back.labels == events.labels);
  CHECK(back.targets == events.targets);
  CHECK(back.weights == events.weights);
  CHECK(back.classes == events.classes);
  CHECK(back.feature_names == events.feature_names);
  CHECK(back.target_names == events.target_names);
}

TEST_CASE("the digest of events is that of the bytes of their numbers, part by part") {
  // By the Python of docs/protocol.md: crc32c(struct.pack("<6f", 1, 1, 1, 1, 1, 1)), …
  const Settings digest{{"features", "2 x 3, checksum a9c982db"},
                        {"labels", "1 x 3, checksum bf1962c2"},
                        {"targets", "1 x 3, checksum 2b60b55d"},
                        {"weights", "1 x 3, checksum 8f964432"}};
  Events events = three_events();
  CHECK(events.digest() == digest);
  CHECK(events.cast<double>().digest()[0].second == "2 x 3, checksum 9a3973f8");
  events.labels = {1, 0, 1};
  events.features(1, 2) = std::nextafter(1.0f, 2.0f);
  events.weights = {};
  const Settings other = events.digest();
  CHECK(other[0] != digest[0]);
  CHECK(other[1] != digest[1]);
  CHECK(other[2] == digest[2]);
  CHECK(other[3].second == "none");
}
