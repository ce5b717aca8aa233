#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include "support/problems.hpp"

#include <tributary/codec/int8.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>

using namespace tributary;
using namespace tributary::test;

TEST_CASE("commits and replies travel by any codec") {
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
