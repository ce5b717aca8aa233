#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tributary/inference/predictor.hpp>
#include <tributary/inference/saved_model.hpp>
#include <tributary/model/dense.hpp>
#include <tributary/model/head.hpp>
#include <tributary/model/sequential.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/independent.hpp>
#include <tributary/trainer/predict.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/tcp.hpp>

#include <unistd.h>

using namespace tributary;

TEST_CASE("a worker's single member is not used as the ensemble") {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("tributary_ensemble_" + std::to_string(::getpid())))
                               .string();
  Events events{.features = Matrix<float>::Random(2, 40)};
  for (Index i = 0; i < 40; ++i) events.labels.push_back(events.features(0, i) > 0);
  const Sequential net{Dense<2, 2>{}, SoftmaxCrossEntropy{}};
  const auto train = [&](const Tcp& tcp) {
    return Trainer{net, tcp, Independent{}, Sgd{.learning_rate = 0.1}}.train(
        events, {.batch_size = 4, .seed = Seed{1}});
  };
  using Result = decltype(train(Tcp{}));
  std::optional<Result> of_hub, other, of_worker;
  std::jthread hub{[&] { of_hub = train({.address = "unix:" + path, .workers = 2}); }};
  std::jthread first{
      [&] { other = train({.role = Tcp::worker, .address = "unix:" + path, .rank = 0}); }};
  of_worker = train({.role = Tcp::worker, .address = "unix:" + path, .rank = 1});
  first.join();
  hub.join();
  std::filesystem::remove(path);

  REQUIRE(of_hub->members.size() == 2);
  CHECK(of_hub->members_elsewhere == 0);
  const Matrix<float> mean = (net.predict(of_hub->members[0], events.features) +
                              net.predict(of_hub->members[1], events.features)) /
                             2;
  CHECK(predict(*of_hub, events).isApprox(mean));

  REQUIRE(of_worker->members.size() == 1);
  CHECK(of_worker->members_elsewhere == 1);
  const std::string why =
      "members_elsewhere = 1, must be 0: the process of the hub has the ensemble, this one a "
      "single member";
  CHECK_THROWS_WITH_AS(predict(*of_worker, events), ("predict: Trained::" + why).c_str(),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(saved_model(*of_worker, Preprocessing{}),
                       ("SavedModel: Trained::" + why).c_str(), std::invalid_argument);
  CHECK_THROWS_WITH_AS(Predictor{*of_worker}, ("Predictor: Trained::" + why).c_str(),
                       std::invalid_argument);
}
