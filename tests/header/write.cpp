// Writes nets as headers, and for each a file of events: features and the scores that the net gives
// them, in the bytes of this machine. Into the folder that is the argument.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <tributary/core/file.hpp>
#include <tributary/core/random.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/inference/cpp_header.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/model/softmax.hpp>

using namespace tributary;

namespace {

constexpr Index events_count = 500;

template <class Net>
Vector<typename Net::Scalar> drawn(const Net& net, Rng& rng) {
  Vector<typename Net::Scalar> parameters(net.parameter_count());
  net.initialize(parameters, rng);
  Index place = 0;
  net.describe([&]<class Layer>(const Layer&, Shape inputs, Shape, Index count) {
    auto part = parameters.segment(place, count);
    if constexpr (std::same_as<Layer, BatchNorm>) {  // as after training
      for (auto& value : part) value += static_cast<typename Net::Scalar>(0.2 * normal(rng));
      part.tail(inputs.channels) = part.tail(inputs.channels).array().square() + 1;
    }
    place += count;
  });
  return parameters;
}

/// Features of several orders of magnitude, each with an offset.
template <Real S>
BasicEvents<S> draw_events(Index features, Rng& rng) {
  BasicEvents<S> events;
  events.features.resize(features, events_count);
  for (Index event = 0; event < events_count; ++event)
    for (Index i = 0; i < features; ++i)
      events.features(i, event) =
          static_cast<S>((normal(rng) + 0.5 * static_cast<double>(i % 3)) * std::pow(10, i % 5));
  return events;
}

/// `seen` are the events as the net sees them.
template <class Net, class S>
void write(const std::filesystem::path& folder, const std::string& name,
           const SavedModel<Net>& model, const BasicEvents<S>& events, const BasicEvents<S>& seen) {
  save_header(folder / (name + ".hpp"), model, name);
  const Matrix<S> scores = model.net.predict(model.parameters, seen.features);
  Matrix<S> rows(events.features.rows() + scores.rows(), events_count);
  rows << events.features, scores;
  write_file_atomically(folder / (name + ".events"),
                        {reinterpret_cast<const char*>(rows.data()),
                         static_cast<std::size_t>(rows.size()) * sizeof(S)});
}

/// Softmax, with missing features, and events a thousand times as far out as those of the training.
void write_softmax(const std::filesystem::path& folder) {
  Rng rng = Seed{1}.rng();
  const Sequential net{Dense<30, 70>{}, Relu{}, Dropout{},      Dense<70, 32>{},
                       BatchNorm{},     Relu{}, Dense<32, 5>{}, SoftmaxCrossEntropy{}};
  Events events = draw_events<float>(30, rng);
  for (Index i = 0; i < 30; ++i) events.feature_names.push_back("feature \"" + std::to_string(i));
  for (Index event = 0; event < events_count; ++event)
    for (Index i = 0; i < 30; ++i)
      if (uniform(rng) < 0.1 && i != 29) events.features(i, event) = -999;
  events.features(3, 0) = std::numeric_limits<float>::quiet_NaN();  // is missing as well
  auto preprocessing = Preprocessing::fit(events, {.missing = -999, .impute = Imputation::median});
  preprocessing.defaults[29] = std::numeric_limits<double>::quiet_NaN();  // is never missing
  for (Index event = events_count - 50; event < events_count; ++event)
    for (Index i = 0; i < 30; ++i)
      if (events.features(i, event) != -999) events.features(i, event) *= 1000;
  Events seen = events;
  preprocessing.apply(seen);
  write(folder, "softmax",
        SavedModel{.net = net,
                   .parameters = drawn(net, rng),
                   .preprocessing = preprocessing,
                   .class_names = {"a", "b", "c\\", "\xc3\xa9?\?/", "line\nof two"},
                   .provenance = {{"seed", "1"}}},
        events, seen);
}

/// Every activation, in double, without any preprocessing.
void write_activations(const std::filesystem::path& folder) {
  Rng rng = Seed{2}.rng();
  const auto net = sequential<double>(
      Dense<6, 40>{}, LeakyRelu{.slope = 0.2}, Dense<40, 40>{}, Elu{.alpha = 1.5}, Dense<40, 40>{},
      Sigmoid{}, Dense<40, 40>{}, HardSigmoid{}, Dense<40, 40>{}, Swish{}, Linear{},
      Dense<40, 40>{}, Softplus{}, Dense<40, 40>{}, Softmax{}, Dense<40, 40>{}, Tanh{},
      Dense<40, 3>{}, MeanSquaredError{});
  const auto events = draw_events<double>(6, rng);
  write(folder, "activations", SavedModel{.net = net, .parameters = drawn(net, rng)}, events,
        events);
}

/// One output; only NaN is a missing value.
void write_sigmoid(const std::filesystem::path& folder) {
  Rng rng = Seed{3}.rng();
  const Sequential net{Dense<10, 20>{}, Relu{}, Dense<20, 1>{}, SigmoidCrossEntropy{}};
  Events events = draw_events<float>(10, rng);
  for (Index event = 0; event < events_count; event += 3)
    events.features(event % 10, event) = std::numeric_limits<float>::quiet_NaN();
  Events seen = events;
  const auto preprocessing =
      Preprocessing::fit(events, {.impute = Imputation::mean, .scale = Scaling::min_max});
  preprocessing.apply(seen);
  write(folder, "sigmoid",
        SavedModel{.net = net, .parameters = drawn(net, rng), .preprocessing = preprocessing},
        events, seen);
}

/// Scaled; -999 is the missing value, without a default.
void write_scaled(const std::filesystem::path& folder) {
  Rng rng = Seed{4}.rng();
  const Sequential net{Dense<3, 20>{}, Relu{}, Dense<20, 1>{}, SigmoidCrossEntropy{}};
  const Events events = draw_events<float>(3, rng);
  Events seen = events;
  const auto preprocessing = Preprocessing::fit(events, {.missing = -999});
  preprocessing.apply(seen);
  write(folder, "scaled",
        SavedModel{.net = net, .parameters = drawn(net, rng), .preprocessing = preprocessing},
        events, seen);
}

/// Nets with few inputs, with and without defaults, and the same nets with another missing value:
/// good[i] and changed[i] are their self-tests.
template <Index... Inputs>
void write_missing(const std::filesystem::path& folder) {
  Rng rng = Seed{5}.rng();
  std::string includes, good, changed;
  const auto write_both = [&](const auto& net, Imputation impute) {
    const auto preprocessing = Preprocessing::fit(draw_events<float>(net.inputs(), rng),
                                                  {.missing = -999, .impute = impute});
    const std::string name =
        "inputs_" + std::to_string(net.inputs()) + (impute == Imputation::none ? "_none" : "_mean");
    std::string text = generate_header(
        SavedModel{.net = net, .parameters = drawn(net, rng), .preprocessing = preprocessing},
        name);
    write_file_atomically(folder / (name + ".hpp"), text);
    const std::string before = "features[i] == -0x1.f38p+9f", other = name + "_changed";
    text.replace(text.find(before), before.size(), "features[i] == -0x1p+0f");
    text.replace(text.find("namespace " + name), 10 + name.size(), "namespace " + other);
    write_file_atomically(folder / (other + ".hpp"), text);
    for (const std::string& file : {name, other}) includes += "#include \"" + file + ".hpp\"\n";
    good += name + "::self_test, ";
    changed += other + "::self_test, ";
  };
  for (const Imputation impute : {Imputation::mean, Imputation::none})
    (write_both(Sequential{Dense<Inputs, 20>{}, LeakyRelu{}, Dense<20, 1>{}, MeanSquaredError{}},
                impute),
     ...);
  write_file_atomically(folder / "missing.hpp",
                        includes + "static bool (*const good[])() noexcept = {" + good +
                            "};\nstatic bool (*const changed[])() noexcept = {" + changed + "};\n");
}

}  // namespace

int main(int, char** arguments) {
  const std::filesystem::path folder = arguments[1];
  std::filesystem::create_directories(folder);
  write_softmax(folder);
  write_activations(folder);
  write_sigmoid(folder);
  write_scaled(folder);
  write_missing<1, 2, 3>(folder);
}
