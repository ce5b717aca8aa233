// this aggregate has more than 12 members
#include "line.hpp"

struct Many {
  int a, b, c, d, e, f, g, h, i, j, k, l;
#ifndef TWIN
  int m;
#endif
};
int main() {
  Many many{};
  for_each_field(many, [](int&) {});
}
