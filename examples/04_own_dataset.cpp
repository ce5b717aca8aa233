// Your own dataset: events that stay in a file. The file is mapped into memory, so the system reads a
// page when a batch needs it, and drops it when memory is short: the file may be larger than memory.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <tributary/tributary.hpp>

using namespace tributary;

struct Record {  // an event in the file
  float x, y;
  std::int32_t label;
};

class MappedEvents {
 public:
  using Batch = EventBatch<float>;  // the same as that of the model

  explicit MappedEvents(const std::filesystem::path& path) {
    const std::size_t bytes = file_size(path);
    if (bytes % sizeof(Record) != 0)
      throw FileError{path.string() + ": the last record is cut off"};
    const int file = open(path.c_str(), O_RDONLY);
    void* const memory = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (memory == MAP_FAILED) throw FileError{path.string() + ": cannot be mapped"};
    records_ = {static_cast<const Record*>(memory), bytes / sizeof(Record)};
  }
  MappedEvents(const MappedEvents&) = delete;
  MappedEvents& operator=(const MappedEvents&) = delete;
  ~MappedEvents() { munmap(const_cast<Record*>(records_.data()), records_.size_bytes()); }

  std::size_t size() const { return records_.size(); }
  /// All workers call this at once; each has its own batch.
  void gather(std::span<const std::size_t> rows, Batch& batch) const {
    batch.features.resize(2, std::ssize(rows));
    batch.labels.clear();
    for (Index i = 0; const std::size_t row : rows) {
      const auto [x, y, label] = records_[row];
      if (label != 0 && label != 1)  // a file may hold anything
        throw FileError{"record " + std::to_string(row) + ": the label is not 0 or 1"};
      batch.features.col(i++) << x, y;
      batch.labels.push_back(label);
    }
  }

 private:
  std::span<const Record> records_;
};
static_assert(Dataset<MappedEvents>);

int main() {
  const std::filesystem::path path = "own_dataset.bin";
  Events points{.features = Matrix<float>(2, 20'000)};  // the same events in memory, for the test
  Rng rng = Seed{1}.rng();
  std::ofstream file{path, std::ios::binary};
  for (auto x : points.features.colwise()) {  // class 1: inside a circle
    x << static_cast<float>(normal(rng)), static_cast<float>(normal(rng));
    points.labels.push_back(x.norm() < 1.2f);
    const Record record{x[0], x[1], points.labels.back()};
    file.write(reinterpret_cast<const char*>(&record), sizeof record);
  }
  file.close();

  const Sequential net{Dense<2, 32>{}, Relu{}, Dense<32, 2>{}, SoftmaxCrossEntropy{}};
  const Trainer trainer{net, InProcess{.workers = 4}, Averaging{.period = 8}, Adam{}};
  const auto trained = trainer.train(MappedEvents{path}, {.epochs = 10, .batch_size = 32});
  const double reached = accuracy(predict(trained, points), points);
  std::printf("accuracy %.3f of %zu events in %s\n", reached, points.size(), path.c_str());
  std::filesystem::remove(path);
  return reached > 0.97 ? 0 : 1;
}
