// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <tributary/core/aligned_vector.hpp>
#include <tributary/core/describe.hpp>
#include <tributary/core/finite.hpp>
#include <tributary/core/pinned.hpp>
#include <tributary/core/random.hpp>
#include <tributary/core/require.hpp>
#include <tributary/core/result.hpp>
#include <tributary/core/text_stream.hpp>
#include <tributary/core/type_name.hpp>
#include <tributary/core/vector.hpp>
#include <tributary/data/batch_source.hpp>
#include <tributary/data/events.hpp>
#include <tributary/model/activations.hpp>
#include <tributary/model/average_pool2d.hpp>
#include <tributary/model/batch_norm.hpp>
#include <tributary/model/conv2d.hpp>
#include <tributary/model/cross_entropy.hpp>
#include <tributary/model/declarations.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/detail/chain.hpp>
#include <tributary/model/detail/initialize.hpp>
#include <tributary/model/dropout.hpp>
#include <tributary/model/flatten.hpp>
#include <tributary/model/frozen.hpp>
#include <tributary/model/head.hpp>
#include <tributary/model/hinge.hpp>
#include <tributary/model/image.hpp>
#include <tributary/model/layer.hpp>
#include <tributary/model/max_pool2d.hpp>
#include <tributary/model/model.hpp>
#include <tributary/model/regression.hpp>
#include <tributary/model/shape.hpp>
#include <tributary/model/softmax.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tributary::inline v0_1 {

/// A net: a chain of layers, then a head with output activation and loss:
///
///   Sequential net{Dense<30, 500>{}, Relu{}, Dropout{.rate = 0.4f}, Dense<500, 2>{},
///                  SoftmaxCrossEntropy{}};                            // float
///   auto same = sequential<double>(Dense<30, 500>{}, ...);            // double
///
/// The loss of a batch of B events with weights wᵢ is (1/B) Σᵢ wᵢ ℓᵢ + penalties. Weights may be
/// negative. The divisor is B, not Σᵢ wᵢ, because that may be 0 or negative.
///
/// Parameters: those of each layer, in order. Scratch memory grows to the largest batch of the
/// first steps; afterwards a step allocates nothing here.
template <Real S, class... Elements>
class Sequential {
  static_assert(sizeof...(Elements) >= 2, "tributary: a Sequential needs a layer and a head");
  using Tuple = std::tuple<Elements...>;
  static constexpr std::size_t layers = sizeof...(Elements) - 1;
  using First = std::tuple_element_t<0, Tuple>;
  static constexpr Index inputs_ = detail::first_width<First>();
  using Parts = typename detail::Chain<S, 0, First, inputs_, std::tuple<>, Elements...>::Parts;
  using HeadType = std::tuple_element_t<layers, Tuple>;
  static_assert(Head<HeadType>,
                "tributary: the last element of a Sequential must be a head, such as "
                "SoftmaxCrossEntropy{}");

  template <std::size_t I>
  using Part = std::tuple_element_t<I, Parts>;
  template <std::size_t I>
  static constexpr Index count = Part<I>::parameter_count;
  template <std::size_t I>
  static constexpr bool calibrates_part = requires(Part<I> part, S* p) {
    part.calibrate(p);
  };
  template <class P>
  static constexpr Index least_events_of() {
    if constexpr (requires { P::least_events; }) return P::least_events;
    return 1;
  }
  static constexpr bool calibrates = []<std::size_t... I>(std::index_sequence<I...>) {
    return (calibrates_part<I> || ...);
  }
  (std::make_index_sequence<layers>{});

  template <class P>
  static constexpr bool saves_part = !requires(P part) {
    part.reseed(Seed{});
  }
  || requires(const P& part, P& restored, std::vector<std::byte>& to,
              std::span<const std::byte>& from) {
    part.save(to);
    { restored.restore(from) } -> std::same_as<Status>;
  };
  static constexpr bool saves_state = []<std::size_t... I>(std::index_sequence<I...>) {
    return (saves_part<Part<I>> && ...);
  }
  (std::make_index_sequence<layers>{});

 public:
  using Scalar = S;
  using Batch = EventBatch<S>;

  /// Throws std::invalid_argument with the name of the field if a setting is out of range.
  explicit Sequential(Elements... elements)
      : elements_{std::move(elements)...}, parts_{make_parts(elements_)} {
    std::apply([](const auto&... element) { (validate(element), ...); }, elements_);
  }

  static constexpr Index inputs() noexcept { return inputs_; }
  static constexpr Index outputs() noexcept { return widths[layers]; }
  static constexpr Index parameter_count() noexcept { return offsets[layers]; }
  /// Minimum for a batch, see NeedsEvents.
  static constexpr Index least_events() noexcept {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return std::max({Index{1}, least_events_of<Part<I>>()...});
    }
    (std::make_index_sequence<layers>{});
  }
  /// The parameters of Frozen layers, see HasFrozen.
  static std::span<const ParameterRange> frozen() noexcept { return frozen_ranges; }
  /// The layers and the head, as a std::tuple.
  const std::tuple<Elements...>& elements() const noexcept { return elements_; }

  void initialize(View<S> out, Rng& rng) const {
    for_each([&](auto i) {
      if constexpr (count < i >> 0)
        detail::initialize(std::get<i>(parts_), out.data() + offsets[i], rng);
    });
  }
  [[deprecated("tributary: initialise() is initialize() now")]] void initialise(View<S> out,
                                                                                Rng& rng) const {
    initialize(out, rng);
  }

  /// The conditions of check() are only asserted.
  Loss loss_and_gradient(ConstView<S> parameters, const Batch& batch, View<S> gradient) {
    const Index events = batch.features.cols();
    assert(batch.features.rows() == inputs_ && events > 0);
    assert(parameters.size() == parameter_count() && gradient.size() == parameter_count());
    const Index step = in_chunks ? std::min(events, chunk) : events;
    reserve(step);
    Loss loss = 0;
    hits_ = 0;
    for (Index begin = 0; begin < events; begin += step)
      loss += add_chunk(parameters.data(), batch, begin, std::min(step, events - begin),
                        gradient.data());
    return loss;
  }

  /// Number of events of the last batch with the right class, unweighted: the largest score,
  /// dropout included.
  Index hits() const noexcept requires ClassifyingHead<HeadType> { return hits_; }

  /// Reseeds the randomness of training, such as dropout.
  void reseed(Seed seed) {
    for_each([&](auto i) {
      if constexpr (requires { std::get<i>(parts_).reseed(seed); })
        std::get<i>(parts_).reseed(seed.derive(Stream::model, static_cast<int>(i)));
    });
  }

  /// Appends the state of that randomness.
  void save(std::vector<std::byte>& to) const requires saves_state {
    for_each([&](auto i) {
      if constexpr (requires { std::get<i>(parts_).save(to); }) std::get<i>(parts_).save(to);
    });
  }
  Status restore(std::span<const std::byte>& from) requires saves_state {
    Status status = Done{};
    for_each([&](auto i) {
      if constexpr (requires { std::get<i>(parts_).restore(from); })
        if (status) status = std::get<i>(parts_).restore(from);
    });
    return status;
  }

  /// Computes the scores of one event; `scores` must have outputs() elements. Returns
  /// Errc::size_mismatch for a wrong length and then writes nothing. Threads may share the model.
  Status predict(std::span<const S> parameters, std::span<const S> features,
                 std::span<S> scores) const noexcept {
    if (std::ssize(parameters) != parameter_count() || std::ssize(features) != inputs_ ||
        std::ssize(scores) != outputs())
      return Errc::size_mismatch;
    alignas(64) std::array<S, std::size_t{widest}> here;
    alignas(64) std::array<S, std::size_t{widest}> there;
    const S* const z =
        forward_all<1>(parameters.data(), features.data(), 1, here.data(), there.data());
    std::copy_n(z, outputs(), scores.begin());
    head().activate(scores);
    return Done{};
  }

  /// The scores of many events: outputs × events from features × events. Throws
  /// std::invalid_argument for a wrong size.
  Matrix<S> predict(ConstView<S> parameters, ConstMatrixView<S> features) const {
    require(parameters.size() == parameter_count(), "Sequential::predict: number of parameters",
            parameters.size(), std::to_string(parameter_count()));
    require(features.rows() == inputs_, "Sequential::predict: number of features", features.rows(),
            std::to_string(inputs_));
    Matrix<S> scores(outputs(), features.cols());
    Matrix<S> x, here(widest, chunk), there(widest, chunk);
    for (Index begin = 0; begin < features.cols(); begin += chunk) {
      const Index events = std::min(chunk, features.cols() - begin);
      x = features.middleCols(begin, events);
      const S* const z = forward_all<Eigen::Dynamic>(parameters.data(), x.data(), events,
                                                     here.data(), there.data());
      std::copy_n(z, outputs() * events, scores.col(begin).data());
      for (Index i = 0; i < events; ++i) head().activate(column(scores, begin + i));
    }
    return scores;
  }

  /// Throws std::invalid_argument with row and column if the net cannot learn from these events.
  void check(const BasicEvents<S>& events) const {
    require(events.features.rows() == inputs_, "Sequential::check: number of features",
            events.features.rows(), std::to_string(inputs_) + ", the inputs of the first layer");
    const auto size = events.features.cols();
    const auto missing = static_cast<S>(detail::missing_of(events));
    const bool may_be_missing = !is_nan(missing);
    for (Index i = 0; i < size; ++i) {
      for (Index k = 0; k < inputs_; ++k) {
        const bool finite = is_finite(events.features(k, i));
        if (finite && !(may_be_missing && events.features(k, i) == missing)) continue;
        fail("feature ", named(k, events.feature_names), " of event ", i, " is ",
             events.features(k, i), finite ? " (Events::missing)" : "",
             ", must be finite: impute missing values, such as with Preprocessing, or drop the "
             "feature");
      }
    }
    const auto check_weights = [&](const Vector<S>& weights, const char* name) {
      if (weights.size() == 0) return;
      require(weights.size() == size, std::string{"Sequential::check: number of "} + name + "s",
              weights.size(), std::to_string(size) + ", one an event");
      for (Index i = 0; i < size; ++i)
        if (!is_finite(weights[i]))
          fail(name, " of event ", i, " is ", weights[i], ", must be finite");
    };
    check_weights(events.weights, "weight");
    check_weights(events.training_weights, "training weight");
    if (events.targets.size() != 0) {
      check_targets(events);
    } else {
      check_labels(events);
    }
  }

  /// Sets the statistics of layers such as BatchNorm, see Calibrates and calibrated().
  template <BatchSource B>
  void calibrate(View<S> parameters, B& source, std::size_t batches) requires(calibrates) {
    for (std::size_t batch = 0; batch < batches; ++batch) observe(parameters.data(), source.next());
    for_each([&](auto i) {
      if constexpr (calibrates_part<i>)
        std::get<i>(parts_).calibrate(parameters.data() + offsets[i]);
    });
  }

  /// Makes predictions NaN until calibrate(), for parameters to train on from.
  void uncalibrate(View<S> parameters) const {
    for_each([&](auto i) {
      if constexpr (requires { std::get<i>(parts_).uncalibrate(parameters.data()); })
        std::get<i>(parts_).uncalibrate(parameters.data() + offsets[i]);
    });
  }

  /// The parameters of the first `most` layers in a net that has the same ones: of the same kind,
  /// with the same shapes. Settings may differ. With all_layers, no net may have more layers.
  /// Throws std::invalid_argument with the first layer that differs.
  template <class... Others>
  Vector<S> first_parameters(const Sequential<S, Others...>& net, ConstView<S> parameters,
                             int most) const {
    using Net = Sequential<S, Others...>;
    require(parameters.size() == Net::parameter_count(), "warm start: number of parameters",
            parameters.size(), std::to_string(Net::parameter_count()) + ", those of its net");
    constexpr std::size_t both = std::min(layers, Net::layers);
    const auto shared = static_cast<int>(both);
    if (most != all_layers)
      require(most >= 1 && most <= shared, "WarmStart::layers", most,
              "in [1, " + std::to_string(shared) + "], the layers of both nets");
    const auto differ = [&](std::size_t i) {
      require(false, "warm start: layer " + std::to_string(i + 1), net.layer_text(i),
              layer_text(i) + (i == 0 ? ""
                                      : "; WarmStart::layers = " + std::to_string(i) +
                                            " takes the layers before it alone"));
    };
    Index size = 0;
    const auto take = [&](auto i) {
      if (static_cast<int>(i) >= most) return;
      if (!std::same_as<ThawedPart<Part<i>>, ThawedPart<typename Net::template Part<i>>>) differ(i);
      size = offsets[i + 1];
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (take(std::integral_constant<std::size_t, I>{}), ...);
    }
    (std::make_index_sequence<both>{});
    if (most == all_layers && layers != Net::layers) differ(both);
    return parameters.head(size);
  }

  /// Calls f(settings, inputs, outputs, parameters) for each layer, without Frozen, then for the head;
  /// inputs and outputs are Shapes.
  template <class F>
  void describe(F f) const {
    for_each([&](auto i) {
      f(detail::thawed(std::get<i>(elements_)), shapes[i], shapes[i + 1], count<i>);
    });
    f(head(), shapes[layers], shapes[layers], Index{0});
  }
  /// Identifies this net, see HasSettings: the type of each layer, its output shape, its constants
  /// and its settings, such as {"layer 3", "Dropout 500 rate 0.4"}. Template arguments of your own
  /// layers count only if they appear there.
  Settings settings() const {
    Settings all;
    describe([&]<class L>(const L& layer, Shape, Shape outputs, Index) {
      detail::TextStream text;
      text << plain_type_name<L>() << ' ';
      if (outputs.height * outputs.width > 1)
        text << outputs.height << " x " << outputs.width << " x ";
      text << outputs.channels;
      if constexpr (requires { L::kernel; }) text << " kernel " << L::kernel;
      if constexpr (requires { L::size; }) text << " size " << L::size;
      if constexpr (requires { L::stride; }) text << " stride " << L::stride;
      if constexpr (requires { L::padding; }) text << " padding " << static_cast<int>(L::padding);
      for (const auto& [name, value] : describe_settings("", layer, "")) {
        if (!name.empty()) text << ' ' << name << ' ' << detail::escaped(value, ' ');
      }
      if (all.size() < layers && is_frozen[all.size()]) text << " frozen";
      all.emplace_back("layer " + std::to_string(all.size() + 1), text.str());
    });
    return all;
  }

 private:
  template <Real, class...>
  friend class Sequential;

  /// Such as "30 inputs, Dense 500 …", or "none" after the last layer.
  std::string layer_text(std::size_t layer) const {
    if (layer >= layers) return "none";
    const Shape& in = shapes[layer];
    return (in.height * in.width > 1
                ? std::to_string(in.height) + " x " + std::to_string(in.width) + " x "
                : "") +
           std::to_string(in.channels) + " inputs, " + settings()[layer].second;
  }

  // Layer i has input shapes[i], that is widths[i] elements; its parameters begin at offsets[i].
  static constexpr auto shapes = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Shape, layers + 1>{inputs_, Part<I>::outputs...};
  }
  (std::make_index_sequence<layers>{});
  static constexpr auto widths = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Index, layers + 1>{shapes[I]...};
  }
  (std::make_index_sequence<layers + 1>{});
  static constexpr auto offsets = []<std::size_t... I>(std::index_sequence<I...>) {
    std::array<Index, layers + 1> sums{};
    ((sums[I + 1] = sums[I] + count<I>), ...);
    return sums;
  }
  (std::make_index_sequence<layers>{});
  template <class P>
  struct ThawedOf {
    using Type = P;
  };
  template <class P>
  requires requires { typename P::Thawed; }
  struct ThawedOf<P> {
    using Type = typename P::Thawed;
  };
  template <class P>
  using ThawedPart = typename ThawedOf<P>::Type;
  static constexpr auto is_frozen = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<bool, layers>{!std::same_as<Part<I>, ThawedPart<Part<I>>>...};
  }
  (std::make_index_sequence<layers>{});
  static constexpr auto frozen_ranges = [] {
    constexpr auto size = static_cast<std::size_t>(std::ranges::count(is_frozen, true));
    std::array<ParameterRange, size> ranges{};
    std::size_t next = 0;
    for (std::size_t i = 0; i < layers; ++i)
      if (is_frozen[i]) ranges[next++] = {offsets[i], offsets[i + 1] - offsets[i]};
    return ranges;
  }();
  /// Whether a layer below this one trains.
  static constexpr bool trains_below(std::size_t layer) {
    for (std::size_t i = 0; i < layer; ++i)
      if (!is_frozen[i] && offsets[i + 1] > offsets[i]) return true;
    return false;
  }
  static constexpr Index widest = [] {
    Index most = 0;  // std::max_element is not constexpr in g++'s debug mode with sanitizers
    for (const Index width : widths) most = std::max(most, width);
    return most;
  }();

  static constexpr bool outputs_suffice = [] {
    if constexpr (requires { HeadType::least_outputs; }) {
      return widths[layers] >= HeadType::least_outputs;
    } else {
      return true;
    }
  }();
  static_assert(outputs_suffice,
                "tributary: the head needs more outputs than the last layer gives; for one output "
                "there is SigmoidCrossEntropy{}");

  /// Events in a chunk; the outputs of a layer stay in the cache for the next layer.
  static constexpr Index chunk = 64;
  /// Whether the gradient of a batch may be summed over chunks.
  static constexpr bool in_chunks = []<std::size_t... I>(std::index_sequence<I...>) {
    return ([] {
      return count<I> == 0 || requires(Part<I> part, const S* p, ConstBlock<S> x, S* dp) {
        part.add_gradient(p, x, x, dp);
      };
    }() && ...);
  }
  (std::make_index_sequence<layers>{});

  static Parts make_parts(const Tuple& elements) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return Parts{detail::make_part<S, shapes[I]>(std::get<I>(elements))...};
    }
    (std::make_index_sequence<layers>{});
  }
  static void validate(const auto& element) {
    if constexpr (requires { element.validate(); }) element.validate();
  }
  /// Calls f(i) for i = 0, 1, … as compile-time constants, one for each layer.
  template <class F>
  static void for_each(F f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::integral_constant<std::size_t, I>{}), ...);
    }
    (std::make_index_sequence<layers>{});
  }

  const HeadType& head() const { return std::get<layers>(elements_); }

  static auto column(auto& block, Index event) {
    return std::span{block.data() + event * block.outerStride(),
                     static_cast<std::size_t>(outputs())};
  }

  /// Elements from one event to the next: an odd number of cache lines, so that the events of a
  /// tile do not compete for the same cache sets.
  static constexpr Index stride(Index width) {
    constexpr Index line = 64 / static_cast<Index>(sizeof(S));
    return ((width + line - 1) / line | 1) * line;
  }
  void reserve(Index events) {
    for (std::size_t i = 0; i < layers; ++i) {
      const auto size = static_cast<std::size_t>(stride(widths[i + 1]) * events);
      if (outputs_[i].size() >= size) continue;
      outputs_[i].resize(size);
      derivatives_[i].resize(size);
    }
  }
  template <std::size_t I>
  Block<S> output(Index events) {
    return {outputs_[I].data(), widths[I + 1], events, Stride{stride(widths[I + 1])}};
  }
  template <std::size_t I>
  Block<S> derivative(Index events) {
    return {derivatives_[I].data(), widths[I + 1], events, Stride{stride(widths[I + 1])}};
  }
  template <std::size_t I>
  ConstBlock<S> input(const Batch& batch, Index begin, Index events) {
    if constexpr (I == 0) {
      return {batch.features.data() + begin * inputs_, inputs_, events, Stride{inputs_}};
    } else {
      return {outputs_[I - 1].data(), widths[I], events, Stride{stride(widths[I])}};
    }
  }

  /// Loss and gradient of a part of the batch. The first part overwrites the gradient, others add
  /// to it.
  Loss add_chunk(const S* parameters, const Batch& batch, Index begin, Index events, S* gradient) {
    for_each([&](auto i) {
      const auto x = input<i>(batch, begin, events);
      auto y = output<i>(events);
      auto& part = std::get<i>(parts_);
      const S* const p = parameters + offsets[i];
      if constexpr (requires { part.forward_training(p, x, y); }) {
        part.forward_training(p, x, y);
      } else {
        part.forward(p, x, y);
      }
    });

    Loss loss = head_loss(batch, begin, events);

    for_each([&](auto reversed) {
      constexpr std::size_t i = layers - 1 - reversed;
      const auto x = input<i>(batch, begin, events);
      const auto dy = derivative<i>(events);
      auto& part = std::get<i>(parts_);
      const S* const p = parameters + offsets[i];
      if constexpr (count < i >> 0) {
        S* const dp = gradient + offsets[i];
        if (begin == 0) {
          loss += part.gradient(p, x, dy, dp);
        } else if constexpr (in_chunks) {
          part.add_gradient(p, x, dy, dp);
        }
      }
      if constexpr (trains_below(i)) {
        auto dx = derivative<i - 1>(events);
        part.propagate(p, x, output<i>(events), dy, dx);
      }
    });
    return loss;
  }

  /// Runs the net as in prediction, but layers with statistics of the data collect them.
  void observe(const S* parameters, const Batch& batch) {
    const Index events = batch.features.cols();
    reserve(events);
    for_each([&](auto i) {
      const auto x = input<i>(batch, 0, events);
      auto y = output<i>(events);
      auto& part = std::get<i>(parts_);
      const S* const p = parameters + offsets[i];
      if constexpr (calibrates_part<i>) {
        part.observe(p, x, y);
      } else {
        part.forward(p, x, y);
      }
    });
  }

  /// The loss of a part of the batch; writes its derivatives by the outputs and counts hits.
  Loss head_loss(const Batch& batch, Index begin, Index events) {
    const bool weighted = batch.weights.size() != 0;
    const Index all = batch.features.cols();
    assert(batch.targets.size() != 0 || std::ssize(batch.labels) == all);
    const auto z = output<layers - 1>(events);
    auto dz = derivative<layers - 1>(events);
    Loss loss = 0;
    for (Index i = 0; i < events; ++i) {
      const std::span<const S> scores = column(z, i);
      const std::span<S> derivatives = column(dz, i);
      const Target<S> target{batch, begin + i, outputs()};
      const S weight = weighted ? batch.weights[begin + i] : S{1};
      loss += static_cast<Loss>(weight) * head().loss(scores, target, derivatives);
      for (S& value : derivatives) value *= weight / static_cast<S>(all);
      if constexpr (ClassifyingHead<HeadType>) hits_ += head().hit(scores, target);
    }
    return loss / static_cast<Loss>(all);
  }

  /// Runs all layers on `events` events, alternating between two scratch buffers, and returns the
  /// last outputs. One event as a compile-time number gives products of fixed size.
  template <int Events, std::size_t I = 0>
  const S* forward_all(const S* parameters, const S* from, Index events, S* here, S* there) const
      noexcept(Events == 1) {
    if constexpr (I == layers) {
      return from;
    } else {
      constexpr auto rows = [](Index n) {
        return Events == 1 ? static_cast<int>(n) : Eigen::Dynamic;
      };
      constexpr int order = Eigen::ColMajor;
      using X = Eigen::Map<const Eigen::Matrix<S, rows(widths[I]), Events, order>>;
      using Y = Eigen::Map<Eigen::Matrix<S, rows(widths[I + 1]), Events, order>>;
      const X x{from, widths[I], events};
      Y y{here, widths[I + 1], events};
      std::get<I>(parts_).forward(parameters + offsets[I], x, y);
      return forward_all<Events, I + 1>(parameters, here, events, there, here);
    }
  }

  template <class... Words>
  [[noreturn]] static void fail(const Words&... words) {
    detail::TextStream message;
    message << "Sequential::check: ";
    (message << ... << words);
    throw std::invalid_argument{message.str()};
  }
  static std::string named(Index k, const std::vector<std::string>& names) {
    const auto index = static_cast<std::size_t>(k);
    return std::to_string(k) + (index < names.size() ? " (" + names[index] + ")" : "");
  }
  void check_targets(const BasicEvents<S>& events) const {
    require(events.targets.rows() == outputs() && events.targets.cols() == events.features.cols(),
            "Sequential::check: size of targets",
            std::to_string(events.targets.rows()) + " × " + std::to_string(events.targets.cols()),
            std::to_string(outputs()) + " × " + std::to_string(events.features.cols()) +
                ", outputs × events");
    check_target_names(events);
    for (Index i = 0; i < events.targets.cols(); ++i) {
      for (Index k = 0; k < outputs(); ++k) {
        const S target = events.targets(k, i);
        if (!is_finite(target))
          fail("target ", named(k, events.target_names), " of event ", i, " is ", target,
               ", must be finite");
        if constexpr (requires { HeadType::accepts(0.0); }) {
          if (!HeadType::accepts(static_cast<double>(target)))
            fail("target ", named(k, events.target_names), " of event ", i, " is ", target,
                 ", must be ", HeadType::target_range);
        }
      }
    }
  }
  /// Metrics use output k for class k; a single output is for class 1.
  static void check_target_names(const BasicEvents<S>& events) {
    const auto& names = events.target_names;
    const auto& classes = events.classes;
    if (names.size() == 1 && classes.size() != 2) return;
    for (std::size_t k = 0; k < names.size(); ++k) {
      const auto found = std::ranges::find(classes, names[k]);
      const std::size_t index = names.size() == 1 ? 1 : k;
      require(
          found == classes.end() || found - classes.begin() == static_cast<std::ptrdiff_t>(index),
          "Sequential::check: name of target " + std::to_string(k), names[k],
          "that of class " + std::to_string(index) +
              " or of none, as the scores are of these classes: " + detail::listed(classes));
    }
  }
  void check_labels(const BasicEvents<S>& events) const {
    if (events.labels.empty()) fail("the events have neither labels nor targets to learn from");
    require(std::ssize(events.labels) == events.features.cols(),
            "Sequential::check: number of labels", events.labels.size(),
            std::to_string(events.features.cols()) + ", one an event");
    const Index classes = std::max<Index>(outputs(), 2);  // one output separates two classes
    require(events.classes.empty() || std::ssize(events.classes) == classes,
            "Sequential::check: classes", detail::listed(events.classes),
            std::to_string(classes) + ", as many as the net's outputs tell apart");
    for (std::size_t i = 0; i < events.labels.size(); ++i) {
      if (events.labels[i] < 0 || events.labels[i] >= classes)
        fail("label of event ", i, " is ", events.labels[i], ", must be in [0, ", classes,
             "): the net has ", outputs(), " outputs");
    }
  }

  Tuple elements_;
  Parts parts_;
  using Stride = Eigen::OuterStride<>;
  std::array<AlignedVector<S>, layers> outputs_;      ///< By layer, for the events of a chunk.
  std::array<AlignedVector<S>, layers> derivatives_;  ///< Derivatives of the loss by the outputs.
  Index hits_ = 0;
};

template <class... Elements>
Sequential(Elements...) -> Sequential<float, Elements...>;

/// Makes a net with this scalar.
template <Real S, class... Elements>
Sequential<S, Elements...> sequential(Elements... elements) {
  return Sequential<S, Elements...>{std::move(elements)...};
}

}  // namespace tributary::inline v0_1
