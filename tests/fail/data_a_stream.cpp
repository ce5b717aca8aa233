// the data is a BatchSource, but training needs a Dataset
#include "line.hpp"

struct Tap {
  using Batch = EventBatch<float>;
  const Batch& next() { return batch; }
  std::size_t events() const { return 1; }
#ifdef TWIN
  std::size_t size() const { return 1; }
  void gather(std::span<const std::size_t>, Batch&) const {}
#endif
  Batch batch = {};
};
int main() { Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Tap{}, {}); }
