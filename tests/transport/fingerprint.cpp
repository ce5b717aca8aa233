#include <tributary/transport/fingerprint.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace tributary;

namespace {

/// Between a hub and a worker.
auto differs(const Fingerprint& hub, const Fingerprint& worker) {
  return difference(hub, "the hub", worker, "the worker");
}

}  // namespace

TEST_CASE("fingerprints of the same fields are equal in any order") {
  const Fingerprint one{{{"scalar", "float"}, {"Easgd::period", "32"}}};
  const Fingerprint other{{{"Easgd::period", "32"}, {"scalar", "float"}}};
  CHECK_FALSE(differs(one, one));
  CHECK_FALSE(differs(one, other));
  CHECK_FALSE(differs({}, {}));
}

TEST_CASE("the first field that differs is named, with both values") {
  const Fingerprint hub{{{"scalar", "float"}, {"Easgd::period", "32"}, {"epochs", "5"}}};
  const Fingerprint worker{{{"epochs", "6"}, {"scalar", "float"}, {"Easgd::period", "16"}}};
  CHECK(differs(hub, worker) == "Easgd::period: the hub has 32, the worker 16");
}

TEST_CASE("a field that one process lacks is named") {
  const Fingerprint few{{{"scalar", "float"}}}, more{{{"scalar", "float"}, {"epochs", "5"}}};
  CHECK(differs(more, few) == "epochs: the hub has 5, the worker nothing");
  CHECK(differs(few, more) == "epochs: the hub has nothing, the worker 5");
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

TEST_CASE("settings that are not printable ASCII are compared by their checksums") {
  const auto print_of = [](const std::string& value) {
    Fingerprint print;
    print.add({{"Own::note", value}}, "", 900);
    return print;
  };
  const Fingerprint micro = print_of("\u00b5 rule"), lines = print_of("a\nb");
  CHECK(micro.fields[0].second == "not printable, checksum bbd5abc0");
  CHECK(differs(micro, lines) ==
        "Own::note: the hub has not printable, checksum bbd5abc0, the "
        "worker " +
            lines.fields[0].second);
  CHECK(print_of("a b~").fields[0].second == "a b~");
}

TEST_CASE("a message names the two that differ") {
  const Fingerprint run{{{"Easgd::period", "32"}}}, file{{{"Easgd::period", "16"}}};
  CHECK(difference(run, "this run", file, "the file") ==
        "Easgd::period: this run has 32, the file 16");
}

TEST_CASE("other names are another field, for any characters") {
  const auto text_of = [](const std::vector<std::string>& names) {
    Fingerprint print;
    print.add_names("names", names);
    return print.fields.at(0).second;
  };
  CHECK(text_of({"b", "s"}) == "b, s");
  CHECK(text_of({"a, b", "c\\"}) == "a\\, b, c\\\\");
  const std::string many(200, 'x');
  const std::vector<std::vector<std::string>> all{{"a", "b", "c"},
                                                  {"a, b", "c"},
                                                  {"a", "b, c"},
                                                  {"a, b, c"},
                                                  {"a\\", "b, c"},
                                                  {"a\\, b", "c"},
                                                  {"", "a"},
                                                  {"a"},
                                                  {"a", ""},
                                                  {"", "", "a"},
                                                  {""},
                                                  {"a\nb", "c"},
                                                  {"a", "b\nc"},
                                                  {"a\\\nb", "c"},
                                                  {"a\\", "b\nc"},
                                                  {many + ',', "a"},
                                                  {many, ",", "a"}};
  std::set<std::string> texts;
  for (const auto& names : all) {
    CAPTURE(text_of(names));
    CHECK(texts.insert(text_of(names)).second);
  }
}

TEST_CASE("a line feed in a setting does not make two settings under one checksum") {
  const auto text_of = [](const Settings& settings) {
    Fingerprint print;
    print.add(settings, "", 0);
    return print.fields.at(0).second;
  };
  CHECK(text_of({{"a", "1\nb"}, {"c", "2"}}) != text_of({{"a", "1"}, {"b\nc", "2"}}));
  Fingerprint one{{{"data a", "1\ndata b\n2"}}}, other{{{"data a", "1"}, {"data b", "2"}}};
  CHECK(take_part(one).checksum != take_part(other).checksum);
}

TEST_CASE("fields of one name, and one of the value nothing, are compared") {
  const Fingerprint one{{{"cut", "1"}, {"cut", "2"}}}, other{{{"cut", "1"}, {"cut", "3"}}};
  CHECK(differs(one, other) == "cut: the hub has 2, the worker 3");
  CHECK(differs({{{"cut", "nothing"}}}, {}) == "cut: the hub has nothing, the worker nothing");
}
