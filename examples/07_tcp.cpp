// Several processes: one program for the hub and its workers, on one machine or many. In three terminals:
//
//   TRIBUTARY_ROLE=hub TRIBUTARY_WORKERS=2 tcp
//   TRIBUTARY_ROLE=worker tcp
//   TRIBUTARY_ROLE=worker tcp
//
// Or all at once, by mpirun -n 3 tcp or srun -n 3 tcp; then the hub trains too. Over a network, set
// TRIBUTARY_ADDRESS to the hub's address and TRIBUTARY_SECRET_FILE to a file with a key of at least 16
// bytes, in all processes.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <tributary/transport/tcp.hpp>
#include <tributary/tributary.hpp>

using namespace tributary;

/// Two classes of points, inside and outside of a circle.
static Events points(Index count) {
  Events events{.features = Matrix<float>(2, count)};
  Rng rng = Seed{1}.rng();
  for (Index i = 0; i < count; ++i) {
    events.features.col(i) << static_cast<float>(normal(rng)), static_cast<float>(normal(rng));
    events.labels.push_back(events.features.col(i).squaredNorm() < 1.4f ? 1 : 0);
  }
  return events;
}

int main() try {
  const Events data = points(4000);
  const Sequential net{Dense<2, 16>{}, Relu{}, Dense<16, 2>{}, SoftmaxCrossEntropy{}};
  const Tcp tcp = Tcp::from_environment();
  const auto trained = Trainer{net, tcp, Easgd{.period = 8}, Adam{.learning_rate = 0.01}}.train(
      data, {.epochs = 10, .batch_size = 16, .seed = Seed{1}});

  // Every process has the same parameters now.
  const double share = accuracy(predict(trained, data), data);
  std::cout << (tcp.role == Tcp::hub ? "hub: " : "worker: ") << "accuracy " << share << ", "
            << trained.report.bytes << " bytes, " << trained.report.seconds << " s\n";
  return share > 0.95 ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  std::cerr << "tcp: " << error.what() << '\n';
  return 2;
}
