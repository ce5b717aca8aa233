// LibTorch trains W3, a LeNet-like net.

#include "libtorch.hpp"

int main(int argc, char** argv) {
  using namespace torch::nn;
  constexpr int samples = 1024;
  const Workload workload{
      .name = "W3",
      .gigaflop_per_sample =
          2e-9 * (3 * (24 * 24 * 25 * 32 + 8 * 8 * 25 * 32 * 64 + 1024 * 512 + 512 * 10) -
                  24 * 24 * 25 * 32),
      .net =
          [] {
            return Sequential{Conv2d{Conv2dOptions{1, 32, 5}},
                              ReLU{},
                              MaxPool2d{2},
                              Conv2d{Conv2dOptions{32, 64, 5}},
                              ReLU{},
                              MaxPool2d{2},
                              Flatten{},
                              Linear{1024, 512},
                              ReLU{},
                              Linear{512, 10}};
          },
      .optimizer =
          [](std::vector<torch::Tensor> parameters) {
            return std::make_shared<torch::optim::SGD>(
                std::move(parameters), torch::optim::SGDOptions{0.01}.momentum(0.9));
          },
      .samples = torch::randn({samples, 1, 28, 28}),
      .labels = torch::randint(10, {samples}, torch::kLong)};
  return contest(argc, argv, workload, {32, 128});
}
