// Prints one line for each result that has the same bits on every CPU: its digest, and `all`, or
// `fused` for CPUs that fuse a product and a sum. It calls no function of the C library whose
// rounding may differ.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <tributary/codec/int8.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/codec/top_k.hpp>
#include <tributary/core/crc32c.hpp>
#include <tributary/core/philox.hpp>
#include <tributary/core/serialize.hpp>
#include <tributary/data/events.hpp>
#include <tributary/data/preprocessing.hpp>
#include <tributary/inference/predictor.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/transport/detail/checkpoint_file.hpp>
#include <vector>

using namespace tributary;

namespace {
using Bytes = std::vector<std::byte>;

void print(const char* where, const char* what, const Bytes& bytes) {
  std::printf("%-6s%-20s%08x\n", where, what, static_cast<unsigned>(crc32c(bytes)));
}

/// Numbers from -1 to 1, of 24 bits.
template <class S>
std::vector<S> noise(std::size_t size, std::uint64_t stream) {
  std::vector<S> numbers;
  std::array<std::uint32_t, Philox::group_size> words{};
  for (std::uint32_t i = 0; numbers.size() < size; ++i) {
    Philox::group(7, stream, i, words);
    for (const std::uint32_t word : words)
      numbers.push_back(static_cast<S>((word >> 7) * 0x1p-24 - 1));
  }
  numbers.resize(size);
  return numbers;
}

template <class S>
void print(const char* where, const char* what, std::span<const S> numbers) {
  Bytes bytes;
  for (const S number : numbers) save_state(bytes, number);
  print(where, what, bytes);
}

template <class S>
void print_dropout(const char* what) {
  auto part = Dropout{.rate = 0.3}.make_part<S, 100>();
  part.reseed(Seed{5});
  const Matrix<S> ones = Matrix<S>::Ones(100, 20);
  Matrix<S> y(100, 20);
  const ConstBlock<S> in{ones.data(), 100, 20, Eigen::OuterStride<>{100}};
  Block<S> out{y.data(), 100, 20, Eigen::OuterStride<>{100}};
  part.forward_training(nullptr, in, out);
  print<S>("all", what, {y.data(), 2000});
}

/// Three messages, for the error feedback.
template <class Codec, class S>
void print_codec(const char* what) {
  auto encoder = Codec{}.template make_encoder<S>(Vector<S>::Zero(1000));
  Bytes bytes;
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto numbers = noise<S>(1000, 10 + i);
    Bytes message;
    encoder.encode(Eigen::Map<const Vector<S>>{numbers.data(), 1000}, message);
    bytes.insert(bytes.end(), message.begin(), message.end());
  }
  print("all", what, bytes);
}

template <class S>
using Net =
    Sequential<S, Dense<12, 70>, LeakyRelu, Dense<70, 33>, Relu, Dense<33, 1>, MeanSquaredError>;

template <class S>
Vector<S> some_parameters() {
  const auto numbers = noise<S>(static_cast<std::size_t>(Net<S>::parameter_count()), 1);
  return Eigen::Map<const Vector<S>>{numbers.data(), Net<S>::parameter_count()} / S{8};
}

template <class S>
void print_predictor(const char* what) {
  std::vector<double> means, scales;
  for (const double x : noise<double>(12, 2)) means.push_back(10 * x), scales.push_back(1.5 + x);
  Preprocessing preprocessing;
  preprocessing.offset = means;
  preprocessing.scale = scales;
  const Predictor<Net<S>, Summation::fixed> predictor{
      SavedModel<Net<S>>{Net<S>{{}, {}, {}, {}, {}, {}}, some_parameters<S>(), preprocessing}};
  const auto features = noise<S>(12 * 50, 3);
  std::vector<S> scores(50);
  predictor.predict_batch(features, scores);
  print<S>("all", what, scores);
}

/// Ten steps of gradients, with a dropout of their own.
template <class S>
void print_training(const char* what) {
  using Deep = Sequential<S, Dense<12, 70>, LeakyRelu, Dropout, Dense<70, 33>, Relu, Dense<33, 1>,
                          MeanSquaredError>;
  Deep net{{}, {}, {.rate = 0.3}, {}, {}, {}, {}};
  net.reseed(Seed{3});
  Vector<S> parameters = some_parameters<S>(), gradient(parameters.size());
  EventBatch<S> batch;
  const auto features = noise<S>(12 * 32, 4);
  batch.features = Eigen::Map<const Matrix<S>>{features.data(), 12, 32};
  const auto targets = noise<S>(32, 5);
  batch.targets = Eigen::Map<const Matrix<S>>{targets.data(), 1, 32};
  for (int i = 0; i < 10; ++i) {
    net.loss_and_gradient(parameters, batch, gradient);
    parameters -= gradient / S{64};
  }
  print<S>("fused", what, {parameters.data(), static_cast<std::size_t>(parameters.size())});
}
}  // namespace

int main() {
  print<float>("all", "philox", noise<float>(1000, 0));
  print_dropout<float>("dropout, float");
  print_dropout<double>("dropout, double");
  print_codec<Int8, float>("Int8, float");
  print_codec<Int8, double>("Int8, double");
  print_codec<OneBit, float>("OneBit, float");
  print_codec<TopK, double>("TopK, double");
  Bytes state;
  save_state(state, std::string{"worker"}, std::uint64_t{3}, 0.1, noise<float>(9, 6));
  print("all", "checkpoint", detail::checkpoint_bytes({.run = 12345, .sections = {state, {}}}));
  print_predictor<float>("predictor, float");
  print_predictor<double>("predictor, double");
  print_training<float>("training, float");
  print_training<double>("training, double");
}
