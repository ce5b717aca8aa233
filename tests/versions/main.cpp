// A program may be linked from units of two versions of the library: they share no names.
#include <cstdio>
#include <tributary/version.hpp>
#include <typeinfo>

const std::type_info& type_of_this_version();
const std::type_info& type_of_another_version();

static_assert(TRIBUTARY_VERSION >= 100 && TRIBUTARY_VERSION_MAJOR == TRIBUTARY_VERSION / 10000);

int main() {
  const char *one = type_of_this_version().name(), *two = type_of_another_version().name();
  std::printf("%s and %s\n", one, two);
  return type_of_this_version() == type_of_another_version() ? 1 : 0;
}
