// One program for the hub and its workers, in as many terminals or on as many machines:
//
//   tcp hub 127.0.0.1:7070 2      waits for two workers, and tells what they have learnt
//   tcp worker 127.0.0.1:7070     twice
//
// Without arguments it plays all the roles itself. On a network: TRIBUTARY_SECRET holds a key of at
// least 16 bytes, the same for all.

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <tributary/transport/tcp.hpp>
#include <tributary/tributary.hpp>

using namespace tributary;

namespace {

/// Two classes of points, inside and outside of a circle.
Events points(Index count) {
  Events events{.features = Matrix<float>(2, count)};
  Rng rng = Seed{1}.rng();
  for (Index i = 0; i < count; ++i) {
    events.features.col(i) << static_cast<float>(normal(rng)), static_cast<float>(normal(rng));
    events.labels.push_back(events.features.col(i).squaredNorm() < 1.4f ? 1 : 0);
  }
  return events;
}

Tcp role_of(int argc, char** argv) {
  if (argc == 1) return Tcp::local(2);
  const std::string role = argv[1];
  Tcp tcp;
  if (std::getenv("TRIBUTARY_SECRET")) tcp.secret = Secret::from_environment("TRIBUTARY_SECRET");
  if (argc > 2) tcp.address = argv[2];
  if (role == "hub" && argc == 4) {
    tcp.workers = std::stoi(argv[3]);
  } else if (role == "worker" && argc == 3) {
    tcp.role = Tcp::worker;
  } else {
    throw std::invalid_argument{"usage: tcp [hub ADDRESS WORKERS | worker ADDRESS]"};
  }
  return tcp;
}

}  // namespace

int main(int argc, char** argv) try {
  const Events data = points(4000);
  const Sequential net{Dense<2, 16>{}, Relu{}, Dense<16, 2>{}, SoftmaxCrossEntropy{}};
  const Trainer trainer{net, role_of(argc, argv), Easgd{.period = 8}, Adam{.learning_rate = 0.01}};
  const auto trained = trainer.train(data, {.epochs = 10, .batch_size = 16, .seed = Seed{1}});

  const double share = accuracy(predict(trained, data), data);
  std::cout << "accuracy " << share << ", " << trained.report.bytes << " bytes, "
            << trained.report.seconds << " s\n";
  return share > 0.95 ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
