#include <tributary/transport/tcp.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>

using namespace tributary;
namespace fs = std::filesystem;

namespace {

/// During its lifetime the environment has these variables, and no others that are read.
class Environment {
 public:
  Environment(std::initializer_list<std::pair<const char*, std::string>> variables) {
    clear();
    for (const auto& [name, value] : variables) ::setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  ~Environment() { clear(); }

 private:
  static void clear() {
    constexpr std::array names{"TRIBUTARY_ROLE",
                               "TRIBUTARY_ADDRESS",
                               "TRIBUTARY_WORKERS",
                               "TRIBUTARY_LOCAL_WORKERS",
                               "TRIBUTARY_RANK",
                               "TRIBUTARY_SECRET",
                               "TRIBUTARY_SECRET_FILE",
                               "OMPI_COMM_WORLD_RANK",
                               "OMPI_COMM_WORLD_SIZE",
                               "OMPI_COMM_WORLD_LOCAL_SIZE",
                               "PMI_RANK",
                               "PMI_SIZE",
                               "MPI_LOCALNRANKS",
                               "SLURM_PROCID",
                               "SLURM_NTASKS",
                               "SLURM_STEP_NUM_TASKS",
                               "SLURM_STEP_NODELIST"};
    for (const char* const name : names) ::unsetenv(name);
  }
};

/// The message of its refusal.
std::string refusal() {
  try {
    Tcp::from_environment();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  FAIL("nothing was thrown");
  return {};
}

const std::string key = "0123456789abcdef", said = "what was said";

bool is_key(const Secret& secret) {
  const auto bytes = std::as_bytes(std::span{said});
  return secret.confirms(bytes, Secret::of(key).sign(bytes));
}

}  // namespace

TEST_CASE("a hub from the environment has its settings, and defaults") {
  {
    const Environment plain{{"TRIBUTARY_ROLE", "hub"}};
    const Tcp tcp = Tcp::from_environment();
    CHECK(tcp.role == Tcp::hub);
    CHECK(tcp.address == Tcp{}.address);
    CHECK(tcp.workers == 1);
    CHECK(tcp.local_workers == 0);
    CHECK(tcp.secret.empty());
  }
  const Environment full{{"TRIBUTARY_ROLE", "hub"},
                         {"TRIBUTARY_ADDRESS", "0.0.0.0:7070"},
                         {"TRIBUTARY_WORKERS", "4"},
                         {"TRIBUTARY_LOCAL_WORKERS", "2"},
                         {"TRIBUTARY_SECRET", key}};
  const Tcp tcp = Tcp::from_environment();
  CHECK(tcp.address == "0.0.0.0:7070");
  CHECK(tcp.workers == 4);
  CHECK(tcp.local_workers == 2);
  CHECK(is_key(tcp.secret));
}

TEST_CASE("a worker from the environment has its rank, or any") {
  const Environment worker{{"TRIBUTARY_ROLE", "worker"}, {"TRIBUTARY_ADDRESS", "unix:/run/hub"}};
  CHECK(Tcp::from_environment().role == Tcp::worker);
  CHECK(Tcp::from_environment().address == "unix:/run/hub");
  CHECK(Tcp::from_environment().rank == -1);
  ::setenv("TRIBUTARY_RANK", "3", 1);
  CHECK(Tcp::from_environment().rank == 3);
}

TEST_CASE("a key may be in a file that the environment names") {
  const fs::path path =
      fs::temp_directory_path() / ("tributary_key_" + std::to_string(std::random_device{}()));
  std::ofstream{path} << key << '\n';
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  const Environment worker{{"TRIBUTARY_ROLE", "worker"}, {"TRIBUTARY_SECRET_FILE", path.string()}};
  CHECK(is_key(Tcp::from_environment().secret));
  ::setenv("TRIBUTARY_SECRET", key.c_str(), 1);
  const std::string both = refusal();
  CHECK(both.find("TRIBUTARY_SECRET_FILE") != std::string::npos);
  CHECK(both.find(key) == std::string::npos);
  fs::remove(path);
}

TEST_CASE("task 0 of a launcher is the hub, and trains; the others are workers") {
  using Names = std::array<const char*, 4>;
  for (const auto [rank, tasks, more, here] :
       {Names{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "3"},
        Names{"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", "3"},
        Names{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_NODELIST", "node7"}}) {
    CAPTURE(rank);
    const Environment task{{rank, "0"}, {tasks, "3"}, {more, here}};
    CHECK(Tcp::has_role_in_environment());
    const Tcp hub = Tcp::from_environment();
    CHECK(hub.role == Tcp::hub);
    CHECK(hub.workers == 3);
    CHECK(hub.local_workers == 1);
    CHECK(hub.address == "127.0.0.1:29500");
    ::setenv(rank, "2", 1);
    const Tcp worker = Tcp::from_environment();
    CHECK(worker.role == Tcp::worker);
    CHECK(worker.rank == 2);
    CHECK(worker.local_workers == 0);
    CHECK(worker.address == "127.0.0.1:29500");
    ::setenv("TRIBUTARY_ADDRESS", "10.0.0.1:7070", 1);
    CHECK(Tcp::from_environment().address == "10.0.0.1:7070");
  }
}

TEST_CASE("tasks on several nodes of Slurm find the first one") {
  const std::pair<const char*, const char*> lists[] = {
      {"node[3-7,9]", "node3"},        {"node[9,3-7]", "node9"},
      {"node[003-010]", "node003"},    {"rack-2-n5,other", "rack-2-n5"},
      {"r[1-2]n[3-4],x[1-9]", "r1n3"}, {"a[1-2]-ib,b", "a1-ib"}};
  for (const auto& [list, first] : lists) {
    CAPTURE(list);
    const Environment task{
        {"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_NODELIST", list}};
    CHECK(Tcp::from_environment().address == std::string{first} + ":29500");
    ::setenv("SLURM_PROCID", "0", 1);
    CHECK(Tcp::from_environment().address == "0.0.0.0:29500");
  }
  for (const char* const list : {"", "[", "node[3", ","}) {
    CAPTURE(list);
    const Environment task{
        {"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_NODELIST", list}};
    CHECK(refusal() == "SLURM_STEP_NODELIST = " + std::string{list} + ", must be a list of nodes");
  }
}

TEST_CASE("tasks on several machines without a list of them need an address") {
  const Environment task{{"OMPI_COMM_WORLD_RANK", "1"},
                         {"OMPI_COMM_WORLD_SIZE", "4"},
                         {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  CHECK(refusal().starts_with("TRIBUTARY_ADDRESS is not set in the environment, expected"));
  ::setenv("TRIBUTARY_ADDRESS", "node1:7070", 1);
  CHECK(Tcp::from_environment().address == "node1:7070");
}

TEST_CASE("mpirun in a job of Slurm has its own ranks") {
  const Environment task{{"SLURM_PROCID", "0"},
                         {"SLURM_STEP_NUM_TASKS", "1"},
                         {"SLURM_STEP_NODELIST", "node2"},
                         {"OMPI_COMM_WORLD_RANK", "1"},
                         {"OMPI_COMM_WORLD_SIZE", "2"},
                         {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  CHECK(Tcp::from_environment().role == Tcp::worker);
}

TEST_CASE("the script of a Slurm job is not a task") {
  const Environment script{{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}};
  CHECK_FALSE(Tcp::has_role_in_environment());
  CHECK(refusal().starts_with("TRIBUTARY_ROLE is not set in the environment, expected hub or "));
}

TEST_CASE("a bad variable is named with its value and the expected range") {
  const auto refused = [](const char* role, const char* name, const char* value) {
    const Environment bad{{"TRIBUTARY_ROLE", role}, {name, value}};
    return refusal();
  };
  CHECK(refused("hub", "TRIBUTARY_ROLE", "boss") == "TRIBUTARY_ROLE = boss, must be hub or worker");
  CHECK(refused("hub", "TRIBUTARY_WORKERS", "0") ==
        "TRIBUTARY_WORKERS = 0, must be a whole number, at least 1");
  for (const char* const value : {"", "two", "2x", " 2", "2.5", "99999999999"}) {
    CHECK(refused("hub", "TRIBUTARY_WORKERS", value) ==
          "TRIBUTARY_WORKERS = " + std::string{value} + ", must be a whole number, at least 1");
  }
  CHECK(refused("hub", "TRIBUTARY_LOCAL_WORKERS", "2") ==
        "TRIBUTARY_LOCAL_WORKERS = 2, must be a whole number, in [0, 1]");
  CHECK(refused("worker", "TRIBUTARY_RANK", "-2") ==
        "TRIBUTARY_RANK = -2, must be a whole number, at least -1");
  CHECK(refused("worker", "TRIBUTARY_ADDRESS", "here").starts_with("TRIBUTARY_ADDRESS: "));
  CHECK(refused("worker", "TRIBUTARY_SECRET", "hush") ==
        "TRIBUTARY_SECRET: bytes = 4, must be at least 16");
  const Environment task{{"PMI_RANK", "3"}, {"PMI_SIZE", "3"}};
  CHECK(refusal() == "PMI_RANK = 3, must be a whole number, in [0, 2]");
}

TEST_CASE("a second hub on one machine is an error with the address and the setting to change") {
  boost::asio::io_context context;
  const auto taken = detail::listen(context, detail::Address{"127.0.0.1:0"});
  detail::asio::ip::tcp::endpoint here;
  const auto endpoint = taken.local_endpoint();
  here.resize(endpoint.size());
  std::memcpy(here.data(), endpoint.data(), endpoint.size());
  const std::string address = "127.0.0.1:" + std::to_string(here.port());
  const Environment hub{{"TRIBUTARY_ROLE", "hub"}, {"TRIBUTARY_ADDRESS", address}};
  const Tcp tcp = Tcp::from_environment();
  std::string problem;
  try {
    const auto second = detail::listen(context, detail::Address{tcp.address});
  } catch (const TcpError& error) {
    problem = error.what();
  }
  CHECK(problem.starts_with("Tcp::address = " + address + ": another program"));
  CHECK(problem.find("TRIBUTARY_ADDRESS") != problem.npos);
}
