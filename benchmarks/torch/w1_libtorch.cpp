// LibTorch trains W1 of train_w1.cpp and exchange.cpp.

#include "libtorch.hpp"

int main(int argc, char** argv) {
  using namespace torch::nn;
  constexpr int samples = 12'288;
  const Workload workload{
      .name = "W1",
      .gigaflop_per_sample = 2e-9 * (3 * (30 * 500 + 500 * 500 + 500 * 2) - 30 * 500),
      .net =
          [] {
            return Sequential{Linear{30, 500},  ReLU{}, Dropout{0.4},
                              Linear{500, 500}, ReLU{}, Linear{500, 2}};
          },
      .optimizer =
          [](std::vector<torch::Tensor> parameters) {
            return std::make_shared<torch::optim::Adagrad>(std::move(parameters), 1e-3);
          },
      .samples = torch::randn({samples, 30}),
      .labels = torch::randint(2, {samples}, torch::kLong)};
  return contest(argc, argv, workload, {32, 256, 1024});
}
