#include "compare.hpp"
#include "data_sets.hpp"

#include <tributary/data/idx.hpp>

using namespace tributary;

Comparison compare_on_fashion_mnist(const Options& options, std::stop_token stop, int repeat) {
  const auto read = [&](const std::string& part) {
    return read_idx(options.fashion_mnist / (part + "-images-idx3-ubyte.gz"),
                    options.fashion_mnist / (part + "-labels-idx1-ubyte.gz"));
  };
  const Seed seed{options.seed + static_cast<std::uint64_t>(repeat)};
  const Events images = concatenate(read("train"), read("t10k"));
  Sample sample;
  std::tie(sample.training, sample.test) =
      split(shuffle(images, seed), options.training_share.value_or(0.6));
  const auto preprocessing = Preprocessing::fit(sample.training);
  preprocessing.apply(sample.training);
  preprocessing.apply(sample.test);

  const Sequential net{Dense<784, 500>{},    Relu{}, Dropout{.rate = 0.4f},
                       Dense<500, 500>{},    Relu{}, Dense<500, 10>{},
                       SoftmaxCrossEntropy{}};
  if (repeat == 0) {
    std::cout << "Fashion-MNIST: " << images.size() << " images of " << images.features.rows()
              << " pixels in " << images.classes.size() << " classes; training on "
              << sample.training.size() << ", testing on " << sample.test.size() << "\n\n"
              << summary(net) << '\n';
  }
  return compare(net, sample,
                 {.epochs = 5, .adagrad_learning_rate = 0.01, .nesterov_learning_rate = 0.01},
                 options, seed, stop);
}
