// The window study: the published sweep over communication windows of Distributed Keras (2017)
// rebuilt in simulation, and the same rules with 1 to 512 workers. Real gradients, virtual time.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>
#include <tributary/core/file.hpp>
#include <tributary/data/idx.hpp>
#include <vector>
#if __has_include(<xmmintrin.h>)
#include <xmmintrin.h>
#endif

#include "interrupt.hpp"
#include "report.hpp"
#include "study.hpp"

namespace {
struct Options {
  std::filesystem::path data = "/usr/share/datasets/fashion-mnist";
  std::filesystem::path output = "results";
  bool full = false;
  std::string part = "both";
  std::optional<double> target = {};
  std::uint64_t seed = 42;
  int most_workers = 512;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
};

Data read(const std::filesystem::path& folder) {
  const auto part = [&](const std::string& name) {
    return tributary::read_idx(folder / (name + "-images-idx3-ubyte.gz"),
                               folder / (name + "-labels-idx1-ubyte.gz"));
  };
  return {folder.filename().string(), part("train"), part("t10k")};
}

/// Takes numbers too small to matter for 0: a moment or velocity of a pixel that is always black
/// decays into them, and each would cost a hundred times as much as another.
void flush_denormals() {
#if __has_include(<xmmintrin.h>)
  constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
  _mm_setcsr(_mm_getcsr() | flush_to_zero | denormals_are_zero);
#endif
}

/// As many runs at once as there are threads: each is single-threaded.
std::vector<Run> train_all(const std::vector<Job>& jobs, const Net& net, const Data& data,
                           double curvature, int threads, std::stop_token stop) {
  std::vector<Run> runs(jobs.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    flush_denormals();
    try {
      for (std::size_t i; !stop.stop_requested() && (i = next++) < jobs.size();) {
        runs[i] = train(net, jobs[i], data, curvature, stop);
        const std::scoped_lock lock{mutex};
        std::clog << progress_line(runs[i]) << '\n';
      }
    } catch (...) {
      const std::scoped_lock lock{mutex};
      failure = std::current_exception();
      next = jobs.size();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (int i = 0; i < threads; ++i) pool.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
  return runs;
}
}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app{
      "Trains nets by simulated clusters: the window study. Without --full, a smaller net in some\n"
      "minutes. Ctrl-C ends it; a part that is not complete is not written.",
      "window_study"};
  app.add_option("--data", options.data, "folder of the IDX files of MNIST, or its like")
      ->capture_default_str();
  app.add_option("--output", options.output, "folder for the results")->capture_default_str();
  app.add_flag("--full", options.full, "the published net, 784-1000-250-10");
  app.add_option("--part", options.part, "which part of the study")
      ->check(CLI::IsMember({"windows", "workers", "both"}))
      ->capture_default_str();
  app.add_option(
         "--target", options.target,
         "test accuracy whose time counts in the second part (0.93 for a folder named mnist,\n"
         "0.8 for others)")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--most-workers", options.most_workers, "of 1, 2, 4, … in the second part")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of all randomness")->capture_default_str();
  app.add_option("--threads", options.threads, "runs at a time")->check(CLI::Range(1, 1024));
  CLI11_PARSE(app, argc, argv);

  const Interrupt interrupt;
  const auto stop = interrupt.token();
  const Data data = read(std::filesystem::canonical(options.data));
  const Net net = options.full ? published_net() : small_net();
  const double curvature = initial_curvature(net, data, options.seed);
  const Setting setting{.net = options.full ? "784-1000-250-10" : "784-128-64-10",
                        .data = data.name,
                        .parameters = net.parameter_count(),
                        .curvature = curvature,
                        .target = options.target.value_or(data.name == "mnist" ? 0.93 : 0.8),
                        .seed = options.seed};
  std::filesystem::create_directories(options.output);
  const auto write = [&](const std::string& name, const std::string& text) {
    tributary::write_file_atomically(options.output / name, text);
    std::cout << "Wrote " << (options.output / name).string() << '\n';
  };

  if (options.part != "workers") {
    std::vector<Job> jobs;
    for (const Series& series : every_series)
      for (int window = 5; window <= 50; window += 5)
        jobs.push_back({series.name, window, 20, 1, options.seed});
    const auto runs = train_all(jobs, net, data, curvature, options.threads, stop);
    if (!stop.stop_requested()) {
      std::cout << '\n' << window_table(runs) << '\n';
      write("window.json", runs_json(runs, setting));
      write("window.dat", plot_data(runs, &Job::window, setting.target));
    }
  }
  if (options.part != "windows" && !stop.stop_requested()) {
    std::vector<Job> jobs;
    for (const Series& series : every_series) {
      if (series.name == "downpour-adam") continue;  // the window was long enough for it
      for (int workers = 1; workers <= options.most_workers; workers *= 2)
        jobs.push_back({series.name, 5, workers, 2, options.seed, true});
    }
    const auto runs = train_all(jobs, net, data, curvature, options.threads, stop);
    if (!stop.stop_requested()) {
      std::cout << '\n' << worker_table(runs, setting.target) << '\n';
      write("workers.json", runs_json(runs, setting));
      write("workers.dat", plot_data(runs, &Job::workers, setting.target));
    }
  }
  if (!stop.stop_requested()) return 0;
  std::cerr << "window_study: interrupted\n";
  return 130;
} catch (const std::exception& error) {
  std::cerr << "window_study: " << error.what() << '\n';
  return 2;
}
