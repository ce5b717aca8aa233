#include <tributary/model/frozen.hpp>

#include <doctest/doctest.h>

#include <tributary/codec/floating_point.hpp>
#include <tributary/codec/one_bit.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/adam_w.hpp>
#include <tributary/rule/averaging.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/tcp.hpp>

using namespace tributary;

TEST_CASE("frozen parameters keep their bits over sockets, with codecs that lose some") {
  Events events;
  events.features = Matrix<float>::Random(3, 99);
  for (int i = 0; i < 99; ++i) events.labels.push_back(i % 2);
  const Sequential net{Dense<3, 4>{}, Tanh{},        Frozen{Dense<4, 5>{}},
                       Tanh{},        Dense<5, 2>{}, SoftmaxCrossEntropy{}};
  const Vector<float> start = Vector<float>::LinSpaced(net.parameter_count(), -0.7f, 0.9f);
  struct Guard {
    const Vector<float>& start;
    bool same = true;
    void on(const Merged<float>& m) {
      same = same && m.center.segment(16, 25) == start.segment(16, 25);
    }
  } guard{start};
  const auto keeps = [&](const auto& tcp, const auto& rule) {
    const auto trained =
        Trainer{net, tcp, rule, AdamW{.weight_decay = 0.1}}.starting_from(start).train(
            events, {.epochs = 3, .batch_size = 8}, guard);
    CHECK(guard.same);
    CHECK(trained.parameters().segment(16, 25) == start.segment(16, 25));
    CHECK(trained.parameters().head(16) != start.head(16));
    CHECK(trained.parameters().tail(12) != start.tail(12));
  };
  keeps(BasicTcp<OneBit>::local(2), Downpour{.period = 2});
  keeps(BasicTcp<Float16, Float16>::local(2), Averaging{.period = 2});
}
