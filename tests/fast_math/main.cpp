// Built with -ffast-math, under which no comparison detects NaN or infinity. Here, too, they are
// detected by their bits.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <tributary/codec/int8.hpp>
#include <tributary/inference/json.hpp>
#include <tributary/tributary.hpp>
#include <vector>

using namespace tributary;

#if __FINITE_MATH_ONLY__ == 0 && !defined(__clang__)
#error "this test is for -ffast-math"
#endif

namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

std::uint32_t bits(const float& x) {
  std::uint32_t word;
  std::memcpy(&word, &x, sizeof word);
  return word;
}
bool nan(const float& x) { return (bits(x) & 0x7fffffff) > 0x7f800000; }

/// The message of an exception of f.
template <class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing";
}

const Sequential net{Dense<3, 40>{}, Relu{}, Dense<40, 2>{}, SoftmaxCrossEntropy{}};
using Net = std::remove_const_t<decltype(net)>;
const Imputer imputer{{1, 2, 3}, {}};
const StandardScaler scaler{{1, 2, 3}, {2, 2, 2}, {}};

SavedModel<Net> saved_model(double missing) {
  SavedModel<Net> saved{.net = net, .parameters = Vector<float>(net.parameter_count())};
  Rng rng = Seed{1}.rng();
  net.initialize(saved.parameters, rng);
  saved.preprocessing = Preprocessing{imputer, scaler, missing};
  return saved;
}

template <class P>
std::array<float, 2> scores(const P& predictor, std::array<float, 3> features) {
  std::array<float, 2> result{7, 7};
  predictor.predict(features, result);
  return result;
}

BasicEvents<float> events_with(float strange) {
  BasicEvents<float> events;
  events.features = Matrix<float>::Random(3, 20);
  events.features(1, 7) = strange;
  for (int i = 0; i < 20; ++i) events.labels.push_back(i % 2);
  return events;
}

}  // namespace

TEST_CASE("NaN and infinity are distinguished from numbers") {
  const std::vector<float> values{0, -0.0f, 1e-40f, -3e38f, infinity, -infinity, none, -none};
  std::string found;
  for (const float& x : values)
    found += is_nan(x) ? 'n' : is_infinite(x) ? 'i' : is_finite(x) ? '.' : '?';
  CHECK(found == "....iinn");
  CHECK(has_nan(values));
  CHECK_FALSE(detail::are_finite(values.data(), 8));
  CHECK(detail::are_finite(values.data(), 4));
  // A computed value, which the compiler assumes to be finite.
  volatile double large = 1e308;
  const double product = large * 100;
  CHECK(is_infinite(product));
  volatile double infinite = product;
  CHECK(is_nan(infinite - infinite));
}

TEST_CASE("a setting that is NaN is refused") {
  const auto at = [](double value) {
    return error_of([&] { Sgd{.learning_rate = value}.validate(); });
  };
  CHECK(at(static_cast<double>(none)).find("Sgd::learning_rate = ") == 0);
  CHECK(at(0.1) == "nothing");
}

TEST_CASE("a missing feature has its default in every prediction") {
  for (const double missing : {-999.0, static_cast<double>(none)}) {
    const auto saved = saved_model(missing);
    const auto filled = scores(Predictor{saved}, {4, 2, 3});
    CHECK(filled[0] + filled[1] == doctest::Approx(1));
    CHECK(scores(Predictor{saved}, {4, none, none}) == filled);
    CHECK(scores(Predictor{saved, Simd::portable}, {4, none, none}) ==
          scores(Predictor{saved, Simd::portable}, {4, 2, 3}));

    std::array<float, 3> event{4, none, 3};
    saved.preprocessing.apply(std::span<float>{event});
    CHECK(event == std::array<float, 3>{1.5, 0, 0});
    event = {4, none, 3};
    imputer.apply(std::span<float>{event});
    CHECK(event == std::array<float, 3>{4, 2, 3});

    const auto path = std::filesystem::temp_directory_path() /
                      ("tributary_fast_math_" + std::to_string(missing) + ".json");
    save_model(path, saved);
    const auto loaded = load_model<Net>(path);
    std::filesystem::remove(path);
    CHECK(scores(Predictor{loaded}, {4, none, none}) == filled);
  }
}

TEST_CASE("the checked prediction refuses NaN and infinity") {
  const auto saved = saved_model(-999);
  const Predictor predictor{saved};
  const Predictor strict{SavedModel<Net>{net, saved.parameters}};
  const auto error = [](const auto& asked, std::array<float, 3> x) {
    std::array<float, 2> y{7, 7};
    const Status status = asked.checked_predict(x, y);
    CHECK((y[0] == 7) == !status);
    return status ? Errc{} : status.error();
  };
  CHECK(error(predictor, {1, 2, 3}) == Errc{});
  CHECK(error(predictor, {1, none, -999}) == Errc{});
  CHECK(error(predictor, {1, infinity, 3}) == Errc::not_finite);
  CHECK(error(predictor, {-infinity, 2, 3}) == Errc::not_finite);
  CHECK(error(strict, {1, none, 3}) == Errc::not_finite);
}

TEST_CASE("a missing feature without a default gives no score") {
  auto saved = saved_model(static_cast<double>(none));
  saved.preprocessing.defaults.clear();
  const Predictor predictor{saved};
  std::vector<float> events{1, 2, 3, 1, none, 3, 4, 5, 6}, found(6);
  predictor.predict_batch(events, found);
  std::string kinds;
  for (const float& score : found) kinds += is_nan(score) ? 'n' : '.';
  CHECK(kinds == "..nn..");
  CHECK(is_nan(scores(predictor, {1, none, 3})[0]));
}

TEST_CASE("parameters that are not finite are refused") {
  auto saved = saved_model(-999);
  saved.parameters[5] = none;
  CHECK(error_of([&] { Predictor{saved}; }).find("parameter 5") != std::string::npos);
  saved.parameters[5] = infinity;
  CHECK(error_of([&] { saved.validate(); }).find("SavedModel::parameters") == 0);
}

TEST_CASE("missing values do not count in fits, and infinite ones are refused") {
  const auto events = events_with(none);
  const auto fitted = StandardScaler::fit(events);
  double sum = 0;
  for (Index i = 0; i < 20; ++i) sum += i == 7 ? 0 : static_cast<double>(events.features(1, i));
  CHECK(fitted.mean[1] == doctest::Approx(sum / 19));
  CHECK(error_of([] { MinMaxScaler::fit(events_with(-infinity)); }).find("infinite") !=
        std::string::npos);
}

TEST_CASE("a transform without a missing value refuses events that have one") {
  auto events = events_with(-999);
  events.missing = -999;
  CHECK(error_of([&] { scaler.apply(events); }).find("Events::missing = -999") !=
        std::string::npos);
}

TEST_CASE("a net does not learn from numbers that are not finite") {
  CHECK(error_of([] { net.check(events_with(0)); }) == "nothing");
  for (const float strange : {none, infinity})
    CHECK(error_of([&] { net.check(events_with(strange)); }).find("feature 1 of event 7") !=
          std::string::npos);
}

TEST_CASE("a training that diverges is an error") {
  auto events = events_with(0);
  events.targets = Matrix<float>::Ones(1, 20);
  const Sequential line{Dense<3, 1>{}, MeanSquaredError{}};
  for (const int workers : {1, 2})
    CHECK_THROWS_AS(
        Trainer(line, InProcess{.workers = workers}, Easgd{.period = 2}, Sgd{.learning_rate = 1e5})
            .train(events, {.epochs = 50, .batch_size = 4}),
        TrainingDiverged);
}

TEST_CASE("empty fields of a table are missing, and known from labels") {
  const auto path = std::filesystem::temp_directory_path() / "tributary_fast_math.csv";
  std::ofstream{path} << "x,y,label\n1,,0\n-999,2.5,1\nnan,3,0\n";
  const CsvTable table = read_csv(path.string(), {.missing = -999.0});
  const Events events = assemble(table, {.label = "label"});
  CHECK(error_of([&] { assemble(table, {.label = "x"}); }).find("expected a label") !=
        std::string::npos);
  std::filesystem::remove(path);
  CHECK(nan(events.features(1, 0)));
  CHECK(nan(events.features(0, 1)));
  CHECK(nan(events.features(0, 2)));
  CHECK(events.features(1, 2) == 3);
}

TEST_CASE("rounding errors of a message are sent with the next one") {
  const Vector<float> numbers{{1, 0.3f, -0.3f, 0.001f}};
  auto encoder = Int8{}.make_encoder<float>(numbers);
  const auto decoder = Int8{}.make_decoder<float>(numbers);
  Vector<float> sum = Vector<float>::Zero(4), out(4);
  std::vector<std::byte> bytes;
  for (int message = 0; message < 100; ++message) {
    encoder.encode(numbers, bytes);
    CHECK(decoder.decode(bytes, out));
    sum += out;
  }
  CHECK((sum - 100 * numbers).cwiseAbs().maxCoeff() < 0.005f);  // of a message it is
}

TEST_CASE("metrics of NaN scores are NaN") {
  const auto truth = events_with(0);
  Matrix<float> given = Matrix<float>::Constant(2, 20, 0.5);
  CHECK_FALSE(is_nan(roc_auc(given, truth)));
  given(1, 4) = none;
  CHECK(is_nan(roc_auc(given, truth)));
  CHECK(is_nan(accuracy(given, truth)));
  CHECK(is_nan(log_loss(given, truth)));
}

TEST_CASE("the significance of counts near the limits of double is that without -ffast-math") {
  struct Case {
    double s, b, b_reg, expected;
  };
  for (const auto& [s, b, b_reg, expected] : {Case{1e308, 1e308, 10, 8.789702624320013058e+153},
                                              {1e308, 0, 10, 3.757375742587296879e+155},
                                              {1e308, 0.55, 0, 3.765087105613684733e+155},
                                              {1.7e308, 5e307, 0, 1.766086062474461607e+154},
                                              {1e200, 1e-150, 0, 4.012243219317383219e+101},
                                              {1, 1e308, 0, 9.999999999999999945e-155},
                                              {457.142474838, 88508.8010881, 10, 1.53518474743}}) {
    CAPTURE(s);
    CAPTURE(b);
    const double here = ams(s, b, b_reg);
    REQUIRE(is_finite(here));
    CHECK(std::abs(here / expected - 1) < 1e-11);
  }
  CHECK(is_nan(ams(1e308, 1e308, 1e308)));
  CHECK(is_nan(ams(-20, 5)));
  const double certain = ams(1, 0, 0);
  CHECK_FALSE(is_nan(certain));
  CHECK_FALSE(is_finite(certain));
}
