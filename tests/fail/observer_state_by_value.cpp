// an observer's state would not be saved: it needs
#include "line.hpp"

struct Counts {
  int merges = 0;
  void on(const Merged<float>&) { ++merges; }
  void save(std::vector<std::byte>& to) const { save_state(to, merges); }
#ifdef TWIN
  Status restore(std::span<const std::byte>& from) { return restore_state(from, merges); }
#else
  Status restore(std::span<const std::byte> from) { return restore_state(from, merges); }
#endif
};
int main() {
  Counts counts;
  Trainer{Line{}, InProcess{}, Easgd{}, Sgd{}}.train(Events{}, {}, counts);
}
