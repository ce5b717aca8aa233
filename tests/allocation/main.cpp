// A step of training does not allocate after the first ones have grown the buffers, so a run over
// more epochs has the same number of allocations. Encoding a message does not allocate after the
// first one. This is a program of its own because it counts every allocation.

#include "allocation/count.hpp"

#include <cstdio>

// Eigen asks this of each allocation of its own, by its assertion.
#define EIGEN_RUNTIME_NO_MALLOC
#define eigen_assert(condition) ((condition) ? void() : void(++allocations))

#include <tributary/tributary.hpp>

using namespace tributary;

static int in_a_run(const auto& trainer, const Events& events, int epochs) {
  const int before = allocations;
  trainer.train(events, {.epochs = epochs, .batch_size = 100, .seed = Seed{1}});
  return allocations - before;
}

template <class Net>
struct Untrained {
  Net model;
  std::vector<float> values = std::vector(static_cast<std::size_t>(Net::parameter_count()), 0.1f);
  const std::vector<float>& parameters() const { return values; }
};

int main() {
  Eigen::internal::set_is_malloc_allowed(false);  // that is: count it
  const Sequential net{Dense<30, 70>{}, Relu{},         Dropout{.rate = 0.4}, Dense<70, 70>{},
                       Swish{},         Dense<70, 2>{}, SoftmaxCrossEntropy{}};
  Events events{.features = Matrix<float>::Random(30, 1000)};
  for (int i = 0; i < 1000; ++i) events.labels.push_back(i % 2);

  int failures = 0;
  const auto check = [&](const char* name, const auto& trainer) {
    const int few = in_a_run(trainer, events, 2), many = in_a_run(trainer, events, 7);
    std::printf("%-20s %d allocations in 2 epochs, %d in 7\n", name, few, many);
    failures += few == 0 || few != many;
  };
  check("Independent", Trainer{net, InProcess{}, Independent{.period = 3}, Adagrad{}});
  check("Averaging", Trainer{net, InProcess{}, Averaging{.period = 3}, Adam{}});
  check("Downpour", Trainer{net, InProcess{}, Downpour{}, Momentum{}});
  check("Easgd", Trainer{net, InProcess{}, Easgd{}, RmsProp{}});
  check("SynchronousSgd", Trainer{net, InProcess{}, SynchronousSgd{}, Nadam{}});
  const Sequential images{Image<5, 6, 1>{},   Conv2D<3, 3, 1, Padding::same>{},
                          BatchNorm{},        Relu{},
                          MaxPool2D<2>{},     Conv2D<40, 2>{},
                          AveragePool2D<1>{}, Flatten{},
                          Dense<80, 2>{},     SoftmaxCrossEntropy{}};
  check("images", Trainer{images, InProcess{}, Independent{.period = 3}, Adadelta{}});

  const Vector<float> update = Vector<float>::Random(1000);
  const auto check_codec = [&](const char* name, const auto& codec) {
    auto encoder = codec.make_encoder(update);
    std::vector<std::byte> bytes;
    encoder.encode(update, bytes);
    const int before = allocations;
    for (int message = 0; message < 5; ++message) encoder.encode(update, bytes);
    std::printf("%-20s %d allocations in 5 messages\n", name, allocations - before);
    failures += allocations != before;
  };
  check_codec("Float32", Float32{});
  check_codec("Float16", Float16{});
  check_codec("Int8", Int8{});
  check_codec("OneBit", OneBit{});
  check_codec("TopK", TopK{});

  const auto check_predictor = [&](const char* name, const auto& of, auto features) {
    using P = std::remove_cvref_t<decltype(of)>;
    std::vector<float> scores(static_cast<std::size_t>(P::outputs() * features.cols()));
    const std::span<const float> all{features.data(), static_cast<std::size_t>(features.size())};
    const auto first = all.first(static_cast<std::size_t>(P::inputs()));
    const auto score = std::span{scores}.first(static_cast<std::size_t>(P::outputs()));
    const int before = allocations;
    of.predict(first, score);
    const bool fine = static_cast<bool>(of.checked_predict(first, score));
    of.predict_batch(all, scores);
    std::printf("%-20s %d allocations in predictions\n", name, allocations - before);
    failures += !fine || allocations != before;
  };
  const StandardScaler scaler = StandardScaler::fit(events);
  check_predictor("Predictor",
                  Predictor{Untrained<std::remove_const_t<decltype(net)>>{net}, scaler},
                  events.features);
  check_predictor("Predictor of images",
                  Predictor{Untrained<std::remove_const_t<decltype(images)>>{images}},
                  Matrix<float>{Matrix<float>::Random(30, 100)});
  return failures;
}
