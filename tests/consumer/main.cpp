// A user's program: an own data set and model, and all components' libraries.
#include <zlib.h>
#include <zstd.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <tributary/transport/tcp.hpp>
#include <tributary/transport/tls.hpp>
#include <tributary/tributary.hpp>
#include <vector>

using namespace tributary;

struct Numbers {
  using Batch = std::vector<float>;
  std::vector<float> values;

  std::size_t size() const { return values.size(); }
  void gather(std::span<const std::size_t> rows, Batch& out) const {
    out.clear();
    for (const std::size_t row : rows) out.push_back(values[row]);
  }
};

/// Its one parameter goes to the mean of the numbers.
struct Mean {
  using Scalar = float;
  using Batch = Numbers::Batch;

  Index parameter_count() const { return 1; }
  void initialize(View<float> parameters, Rng&) const { parameters.setZero(); }
  Loss loss_and_gradient(const Vector<float>& parameters, const Batch& batch,
                         View<float> gradient) const {
    Loss loss = 0;
    gradient.setZero();
    for (const float value : batch) {
      const float off = parameters[0] - value;
      loss += off * off / 2;
      gradient[0] += off;
    }
    gradient /= static_cast<float>(batch.size());
    return loss / static_cast<Loss>(batch.size());
  }
};

/// TLS is available, and names the missing file.
static bool names_absent_certificate() try {
  Tcp tcp = Tcp::local(1);
  tcp.tls = Tls{.certificate = "absent.pem", .key = "absent.key", .authority = "absent.pem"};
  return false;
} catch (const FileError& error) {
  return std::string_view{error.what()}.starts_with("absent.pem");
}

int main() {
  const Numbers numbers{{1, 2, 3, 4, 5, 6, 7, 8}};
  const auto mean = [&](const auto& transport) {
    const Trainer trainer{Mean{}, transport, Averaging{.period = 2}, Sgd{.learning_rate = 0.5}};
    return trainer.train(numbers, {.epochs = 50, .batch_size = 4, .seed = Seed{1}}).parameters()[0];
  };
  const float by_threads = mean(InProcess{.workers = 2}), by_sockets = mean(Tcp::local(2));
  std::cout << nlohmann::json{{"by threads", by_threads},
                              {"by sockets", by_sockets},
                              {"zlib", zlibVersion()},
                              {"zstd", ZSTD_versionString()}}
            << '\n';
  return std::abs(by_threads - 4.5f) < 1e-3f && by_sockets == by_threads &&
                 names_absent_certificate()
             ? 0
             : 1;
}
