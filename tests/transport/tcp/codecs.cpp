#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "support/problems.hpp"

#include <tributary/codec/int8.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>

using namespace tributary;
using namespace tributary::test;

TEST_CASE("commits and replies are sent by any codec") {
  const BasicEvents<float> data = line<float>(961);
  const TrainOptions options{.epochs = 20, .batch_size = 8, .seed = Seed{42}};
  const auto error = [&](const auto& tcp) {
    return line_error(
        Trainer{LinearModel<float>{}, tcp, Downpour{.period = 4}, Sgd{.learning_rate = 0.03}}
            .train(data, options)
            .parameters());
  };
  CHECK(error(BasicTcp<Int8>::local(2)) < 3e-2);
  CHECK(error(BasicTcp<Float16, Float16>::local(2)) < 3e-2);
}

namespace {
/// From 61 440 it grows by 1 024 a step, beyond the range of Float16.
struct Rise {
  using Scalar = float;
  using Batch = EventBatch<float>;

  Index parameter_count() const { return 100; }
  void initialize(View<float> x, Rng&) const { x.setConstant(61'440); }
  Loss loss_and_gradient(ConstView<float>, const Batch&, View<float> gradient) const {
    gradient.setConstant(-1024);
    return 1;
  }
};
template <class Transport>
std::string why(const Transport& tcp, Index steps) {
  try {
    const auto trained = Trainer{Rise{}, tcp, Averaging{}, Sgd{.learning_rate = 1}}.train(
        line<float>(2 * steps), {.batch_size = 1});
    return std::to_string(trained.parameters()[0]);
  } catch (const std::range_error& error) {
    return error.what();
  }
}
}  // namespace

TEST_CASE("values that a codec cannot send end the run by name, and are not made smaller") {
  using Half = BasicTcp<Float16, Float16>;
  CHECK(why(Half::local(2), 3) == "64512.000000");
  const std::string text =
      "Tcp: an element of magnitude 65536 cannot be sent by the codec Float16, whose largest "
      "is 65504; BFloat16 and Lossless have the range of float";
  CHECK(why(Half::local(2), 8) == text);                         // a commit
  CHECK(why(BasicTcp<Lossless, Float16>::local(2), 8) == text);  // a reply
  CHECK(why(BasicTcp<Lossless, Float16>::local(2), 4) == text);  // the last reply
  CHECK(why(BasicTcp<Lossless, BFloat16>::local(2), 4) == "65536.000000");
}

TEST_CASE("processes and messages distinguish codecs by the names that users write") {
  const auto name = [](const auto& codec) { return describe_settings("", codec).front().second; };
  CHECK(name(Float64{}) == "Float64");
  CHECK(name(Float32{}) == "Float32");
  CHECK(name(Float16{}) == "Float16");
  CHECK(name(BFloat16{}) == "BFloat16");
  CHECK(name(FloatingPoint<6, 9>{}) == "FloatingPoint<6, 9>");
  CHECK(name(Int8{}) == "Int8");
  CHECK(name(OneBit{}) == "OneBit");
  detail::OutgoingBy<Int8, float> commits{Int8{}, Vector<float>::Zero(2)};
  CHECK_THROWS_WITH(commits.encode(Vector<float>::Constant(2, 0x1p121f)),
                    doctest::Contains("cannot be sent by the codec Int8, whose largest is 1.32"));
}
