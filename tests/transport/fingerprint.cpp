#include <tributary/transport/fingerprint.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace tributary;

TEST_CASE("fingerprints of the same fields do not differ, in whatever order") {
  const Fingerprint one{{{"scalar", "float"}, {"Easgd::period", "32"}}};
  const Fingerprint other{{{"Easgd::period", "32"}, {"scalar", "float"}}};
  CHECK_FALSE(difference(one, one));
  CHECK_FALSE(difference(one, other));
  CHECK_FALSE(difference({}, {}));
}

TEST_CASE("the first field that differs is named, with both values") {
  const Fingerprint hub{{{"scalar", "float"}, {"Easgd::period", "32"}, {"epochs", "5"}}};
  const Fingerprint worker{{{"epochs", "6"}, {"scalar", "float"}, {"Easgd::period", "16"}}};
  CHECK(difference(hub, worker) == "Easgd::period: the hub has 32, the worker 16");
}

TEST_CASE("a field that one side lacks is named") {
  const Fingerprint few{{{"scalar", "float"}}}, more{{{"scalar", "float"}, {"epochs", "5"}}};
  CHECK(difference(more, few) == "epochs: the hub has 5, the worker nothing");
  CHECK(difference(few, more) == "epochs: the hub has nothing, the worker 5");
}

TEST_CASE("settings that would not fit in a message are compared by one checksum") {
  Fingerprint print;
  print.add({{"layer 1", "Dense 3"}, {"layer 2", "Relu 3"}}, "model ", 100);
  CHECK(print.fields[1] == std::pair<std::string, std::string>{"model layer 2", "Relu 3"});
  print = {};
  print.add({{"layer 1", "Dense 3"}, {"layer 2", "Relu 3"}}, "model ", 20);
  REQUIRE(print.fields.size() == 1);
  CHECK(print.fields[0].first == "model in all");
  CHECK(print.fields[0].second == "2 fields, checksum 34ca453f");
}

TEST_CASE("who differs may have another name") {
  const Fingerprint one{{{"scalar", "float"}}}, other{{{"scalar", "double"}}};
  CHECK(difference(one, other, "this program", "the file") ==
        "scalar: this program has float, the file double");
}
