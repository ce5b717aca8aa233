// this member cannot be saved
#include "line.hpp"

struct Pointing {
#ifdef TWIN
  int place = 0;
#else
  int* place = nullptr;
#endif
};
int main() {
  std::vector<std::byte> bytes;
  save_state(bytes, Pointing{});
}
