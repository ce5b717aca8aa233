// this aggregate has a base with members
#include "line.hpp"

#ifdef TWIN
struct Tuned : Sgd {
  auto fields() { return std::tie(learning_rate); }
};
#else
struct Tuned : Sgd {};
#endif
int main() {
  Tuned tuned{};
  for_each_field(tuned, [](double&) {});
}
