#include <tributary/observe/save_history.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <support/temporary_folder.hpp>
#include <tributary/data/csv.hpp>
#include <tributary/observe/json.hpp>
#include <vector>

using namespace tributary;

namespace {
constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Two merges, the second without a step, and three measurements.
History small() {
  History history;
  history.rows = {{1, 0, 2, 0.5, 0.75, 10, 1e-3}, {2, -1, 0, missing, missing, 20, 1.5}};
  history.add("validation loss",
              {{.events = 10, .seconds = 1e-3, .value = 0.1, .version = 1},
               {.events = 20, .seconds = 2, .value = infinity, .returned = true, .version = 2}});
  history.add("\"AUC\", \\τ", {{.events = 20, .seconds = 1.5, .value = missing, .version = 2}});
  return history;
}

std::string saved(const History& history, const std::string& name) {
  const test::TemporaryFolder folder;
  save_history(folder.path / name, history);
  return std::string{FileContents{folder.path / name}.bytes()};
}
}  // namespace

TEST_CASE("a history as CSV has a line for each merge and each measurement") {
  CHECK(saved(small(), "run.csv") ==
        "version,events,seconds,worker,staleness,loss,accuracy,returned,validation loss,"
        "\"\"\"AUC\"\", \\τ\"\n"
        "1,10,0.001,0,2,0.5,0.75,,,\n"
        "1,10,0.001,,,,,false,0.1,\n"
        "2,20,1.5,-1,0,,,,,\n"
        "2,20,2,,,,,true,inf,\n"
        "2,20,1.5,,,,,false,,\n");
  const CsvTable table = read_csv(FileContents{"run.csv", saved(small(), "run.csv")});
  CHECK(table.rows() == 5);
  CHECK(table.columns.back().name == "\"AUC\", \\τ");
  CHECK(table.columns[5].values[0] == 0.5);
  CHECK(is_nan(table.columns[5].values[2]));
  CHECK(saved({}, "run.csv") == "version,events,seconds,worker,staleness,loss,accuracy,returned\n");
}

TEST_CASE("a history as JSON lines has an object for each merge and each measurement") {
  CHECK(
      saved(small(), "run.jsonl") ==
      R"({"version":1,"events":10,"seconds":0.001,"worker":0,"staleness":2,"loss":0.5,"accuracy":0.75}
{"version":1,"events":10,"seconds":0.001,"returned":false,"validation loss":0.1}
{"version":2,"events":20,"seconds":1.5,"worker":-1,"staleness":0,"loss":null,"accuracy":null}
{"version":2,"events":20,"seconds":2,"returned":true,"validation loss":null}
{"version":2,"events":20,"seconds":1.5,"returned":false,"\"AUC\", \\τ":null}
)");
  CHECK(saved({}, "run.jsonl") == "");
}

TEST_CASE("a history as JSON has an array for each column, and the metrics by their names") {
  const auto expected = nlohmann::json::parse(R"({
      "version": [1, 2], "worker": [0, -1], "staleness": [2, 0], "loss": [0.5, null],
      "accuracy": [0.75, null], "events": [10, 20], "seconds": [0.001, 1.5],
      "metrics": {
        "validation loss": {"version": [1, 2], "events": [10, 20], "seconds": [0.001, 2],
                            "value": [0.1, null], "returned": [false, true]},
        "\"AUC\", \\τ": {"version": [2], "events": [20], "seconds": [1.5], "value": [null],
                         "returned": [false]}}})");
  CHECK(nlohmann::json::parse(saved(small(), "run.json")) == expected);
  CHECK(nlohmann::json(small()) == expected);
  CHECK(nlohmann::json(History{})["metrics"] == nlohmann::json::object());
  CHECK(nlohmann::json(History{})["loss"] == nlohmann::json::array());
}

TEST_CASE("numbers in a saved history read back as the same doubles") {
  History history;
  for (const double value : {1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e22})
    history.rows.push_back({1, 0, 0, value, 0, std::uint64_t{1} << 63, value});
  const auto json = nlohmann::json::parse(saved(history, "run.json"));
  for (std::size_t i = 0; i < history.rows.size(); ++i) {
    CHECK(json["loss"][i].get<double>() == history.rows[i].loss);
    CHECK(json["events"][i].get<std::uint64_t>() == 9'223'372'036'854'775'808u);
  }
}

TEST_CASE("a history that cannot be saved is an error that names the file") {
  const test::TemporaryFolder folder;
  const std::string text = (folder.path / "run.txt").string();
  CHECK_THROWS_WITH_AS(
      save_history(text, small()),
      (text + ": found the extension '.txt', expected .json, .jsonl or .csv").c_str(), FileError);
  const std::string nowhere = (folder.path / "no" / "run.csv").string();
  CHECK_THROWS_WITH_AS(save_history(nowhere, small()),
                       (nowhere + ": cannot be written: No such file or directory").c_str(),
                       FileError);
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("a metric has a name of its own in plain text") {
  History history = small();
  for (const char* name : {"loss", "version", "returned", "validation loss"})
    CHECK_THROWS_WITH_AS(history.add(name, {}),
                         ("History::add, name = " + std::string{name} +
                          ", must be another name than those of the columns and metrics")
                             .c_str(),
                         std::invalid_argument);
  // Nothing, control characters, half a character, a byte that begins none, two bytes for "/", a
  // surrogate, U+FFFF, and U+110000.
  for (const char* name :
       {"", "a\nb", "\x7f", "\xcf",
        "a\xcf"
        "b",
        "\x84", "\xf9\x80\x80\x80", "\xc0\xaf", "\xed\xa0\x80", "\xef\xbf\xbf", "\xf4\x90\x80\x80"})
    CHECK_THROWS_AS(history.add(name, {}), std::invalid_argument);
  for (const char* name : {" ", "τ", "精度", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbd"})
    CHECK_NOTHROW(history.add(name, {}));
  CHECK(history.metrics().size() == 7);
}

TEST_CASE("a history forgets metrics when a run starts, and notes the system time") {
  History history = small();
  history.on(Started{});
  CHECK(history.rows.empty());
  CHECK(history.metrics().empty());
  CHECK(history.start > 1.7e9);  // after 2023
}

TEST_CASE("a history is restored from its state, of which nothing may be missing") {
  const History history = [] {
    History saved = small();
    saved.start = 1.5e9;
    return saved;
  }();
  static_assert(KeepsState<History>);
  std::vector<std::byte> state;
  history.save(state);
  CHECK(state.size() == 8 + 2 * 52 + 8);
  state.push_back(std::byte{7});  // of the next observer

  History restored;
  std::span<const std::byte> from = state;
  REQUIRE(restored.restore(from));
  CHECK(from.size() == 1);
  CHECK(restored.start == 1.5e9);
  History without;
  without.rows = history.rows;
  CHECK(nlohmann::json(restored) == nlohmann::json(without));

  for (std::size_t size = 0; size + 1 < state.size(); ++size) {
    from = std::span{state}.first(size);
    CHECK_FALSE(History{}.restore(from));
  }
  state[7] = std::byte{0xff};  // of the number of rows
  from = state;
  CHECK_FALSE(History{}.restore(from));
}
