#pragma once

#include <torch/torch.h>

#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "contest.hpp"

/// The models for LibTorch; every worker has one thread.
struct Workload {
  std::string name;
  double gigaflop_per_sample;
  std::function<torch::nn::Sequential()> net;
  std::function<std::shared_ptr<torch::optim::Optimizer>(std::vector<torch::Tensor>)> optimizer;
  torch::Tensor samples, labels;  ///< One row a sample.
};

/// A net in training on the same batches again and again. A copy shares the net.
class Training {
 public:
  Training(const Workload& workload, int batch_size)
      : net_{workload.net()},
        parameters_{net_->parameters()},
        optimizer_{workload.optimizer(parameters_)},
        samples_{workload.samples.split(batch_size)},
        labels_{workload.labels.split(batch_size)} {}

  std::size_t steps_in_epoch() const { return samples_.size(); }
  const std::vector<torch::Tensor>& parameters() const { return parameters_; }
  void step() {
    for (torch::Tensor& each : parameters_) each.mutable_grad().reset();
    const torch::Tensor scores = net_->forward(samples_[next_]);
    torch::nn::functional::cross_entropy(scores, labels_[next_]).backward();
    optimizer_->step();
    next_ = (next_ + 1) % samples_.size();
  }

 private:
  torch::nn::Sequential net_;
  std::vector<torch::Tensor> parameters_;
  std::shared_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<torch::Tensor> samples_, labels_;
  std::size_t next_ = 0;
};

using Workers = std::vector<Training>;

/// An epoch of each worker in a thread of its own; samples a second of all together. After a step
/// each calls after(rank, steps it has taken).
template <class After>
double epoch(Workers& workers, std::int64_t samples, const After& after) {
  const auto count = static_cast<std::ptrdiff_t>(workers.size());
  std::barrier begin_and_end{count + 1};
  std::vector<std::jthread> threads;
  for (std::size_t rank = 0; rank < workers.size(); ++rank) {
    threads.emplace_back([&, rank] {
      torch::set_num_threads(1);
      at::globalContext().setFlushDenormal(true);
      workers[rank].step();
      begin_and_end.arrive_and_wait();
      for (std::size_t i = 1; i <= workers[rank].steps_in_epoch(); ++i) {
        workers[rank].step();
        after(rank, i);
      }
      begin_and_end.arrive_and_wait();
    });
  }
  begin_and_end.arrive_and_wait();
  const auto begin = std::chrono::steady_clock::now();
  begin_and_end.arrive_and_wait();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(samples * count) / taken.count();
}

inline auto one_thread(const Workload& workload, int batch_size) {
  return [workers = Workers{{workload, batch_size}}, samples = workload.samples.size(0)]() mutable {
    return epoch(workers, samples, [](std::size_t, std::size_t) {});
  };
}

/// Two threads that train the same parameters without a lock.
inline auto hogwild(const Workload& workload, int batch_size) {
  Workers workers{{workload, batch_size}, {workload, batch_size}};
  const auto& shared = workers[0].parameters();
  const auto& own = workers[1].parameters();
  for (std::size_t i = 0; i < shared.size(); ++i) own[i].set_data(shared[i].data());
  return [workers, samples = workload.samples.size(0)]() mutable {
    return epoch(workers, samples, [](std::size_t, std::size_t) {});
  };
}

/// Two threads whose parameters are averaged after every 5 steps, every other tensor by each.
inline auto local_sgd(const Workload& workload, int batch_size) {
  Workers workers{{workload, batch_size}, {workload, batch_size}};
  return [workers, samples = workload.samples.size(0)]() mutable {
    const auto& left = workers[0].parameters();
    const auto& right = workers[1].parameters();
    std::barrier together{2};
    return epoch(workers, samples, [&](std::size_t rank, std::size_t steps) {
      if (steps % 5 != 0) return;
      together.arrive_and_wait();
      const torch::NoGradGuard no_gradient;
      for (std::size_t i = rank; i < left.size(); i += 2) {
        left[i].add_(right[i]).mul_(0.5);
        right[i].copy_(left[i]);
      }
      together.arrive_and_wait();
    });
  };
}

inline int contest(int argc, char** argv, const Workload& workload,
                   const std::vector<int>& batch_sizes) {
  const std::string name = "LibTorch " TORCH_VERSION;
  const Cost cost = gigaflop(workload.gigaflop_per_sample);
  std::vector<Contestant> contestants;
  for (const int batch_size : batch_sizes) {
    contestants.push_back({workload.name, "one worker, batch " + std::to_string(batch_size), name,
                           "samples", one_thread(workload, batch_size), cost});
  }
  const std::string task = "two workers, batch " + std::to_string(batch_sizes[0]);
  contestants.push_back(
      {workload.name, task, name + ", local SGD", "samples", local_sgd(workload, batch_sizes[0])});
  contestants.push_back(
      {workload.name, task, name + ", Hogwild", "samples", hogwild(workload, batch_sizes[0])});
  return contest(argc, argv, contestants);
}
