// Trains with checkpoints. Kill this program at any time, start it again with the same command, and
// the result has the same bits as that of a run that was never killed. After a signal, or a limit in
// seconds as second argument, it ends with the exit code 85: start me again.
#include <tributary/tributary.hpp>

#include <cstdio>
#include <cstdlib>

using namespace tributary;

int main(int argc, char** argv) {
  const StopOnSignal signals;  // SIGTERM of a batch system, or Ctrl-C
  Events events{.features = Matrix<float>(8, 10'000)};
  Rng rng = Seed{1}.rng();
  for (float& x : events.features.reshaped()) x = static_cast<float>(normal(rng));
  for (const auto event : events.features.colwise())
    events.labels.push_back(event.head<4>().sum() > event.tail<4>().sum());

  const Sequential net{Dense<8, 32>{}, Relu{}, Dropout{.rate = 0.1}, Dense<32, 2>{},
                       SoftmaxCrossEntropy{}};
  const Trainer trainer{net, InProcess{.workers = 2}, Averaging{.period = 8}, Adam{}};
  const char* const file = argc > 1 ? argv[1] : "run.tck";
  const auto trained = trainer.train(events, {.epochs = 100,
                                              .seed = 1,
                                              .stop = signals.stop_token(),
                                              .time_limit = argc > 2 ? std::atof(argv[2]) : 0,
                                              .checkpoint = {.file = file, .every_seconds = 0.1}});
  if (signals.received() || trained.report.time_limit_passed) return 85;

  const Vector<float>& parameters = trained.parameters();
  const std::size_t count = static_cast<std::size_t>(parameters.size());
  std::printf("%llu merges, checksum %08x of the parameters\n",
              static_cast<unsigned long long>(trained.report.merges),
              crc32c_of_numbers(std::span{parameters.data(), count}));
  return 0;
}
