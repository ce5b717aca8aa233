#include "support/temporary_folder.hpp"
#include "transport/tcp/counter.hpp"
#include "transport/tcp/processes.hpp"

#include <doctest/doctest.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <tributary/core/file.hpp>
#include <tributary/optimizer/sgd.hpp>
#include <tributary/rule/downpour.hpp>
#include <tributary/trainer/trainer.hpp>
#include <tributary/transport/tcp.hpp>

using namespace tributary;
using namespace tributary::test;

namespace {

struct Folder : TemporaryFolder {
  std::string address(const std::string& name) const { return "unix:" + (path / name).string(); }
};

/// Its final result.
std::string failure(Tcp::Role role, const std::string& address, int batch_size = 1,
                    double join_seconds = 60) {
  try {
    const Tcp tcp{.role = role, .address = address, .join_seconds = join_seconds};
    Trainer{Counter{}, tcp, Downpour{.period = 3}, Sgd{.learning_rate = 1}}.train(
        Rows{60}, {.batch_size = batch_size, .seed = Seed{1}});
    return "nothing";
  } catch (const TcpError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a file that is not a socket is refused by name as a hub's address, and stays") {
  const Folder folder;
  std::ofstream{folder.path / "file"} << "precious";
  std::filesystem::create_symlink(folder.path / "file", folder.path / "link");
  std::filesystem::create_directory(folder.path / "folder");
  for (const auto role : {Tcp::hub, Tcp::worker}) {
    for (const std::string name : {"file", "link", "folder"}) {
      CAPTURE(name);
      CHECK(failure(role, folder.address(name)) == "Tcp::address = " + folder.address(name) +
                                                       ": there is a " +
                                                       (name == "folder" ? "directory" : "file") +
                                                       ", expected a hub's socket, or nothing");
    }
    CHECK(failure(role, folder.address("file/hub")).ends_with(": Not a directory"));
  }
  CHECK(FileContents{folder.path / "file"}.bytes() == "precious");
  CHECK(std::filesystem::is_symlink(folder.path / "link"));
}

TEST_CASE("a folder that a hub or worker may not enter is an error at once") {
  const Folder folder;
  std::filesystem::permissions(folder.path, std::filesystem::perms::none);
  for (const auto role : {Tcp::hub, Tcp::worker}) {
    Process other{[&] {
      if (::geteuid() == 0 && ::setuid(65534) != 0) return 2.0;
      return failure(role, folder.address("hub")).ends_with(": Permission denied") ? 1.0 : 0.0;
    }};
    CHECK(other.result() == 1);
  }
}

TEST_CASE("a hub that has admitted no worker reports why the last one was refused") {
  const Folder folder;
  std::string why;
  std::jthread hub{[&] { why = failure(Tcp::hub, folder.address("hub"), 1, 3); }};
  CHECK(failure(Tcp::worker, folder.address("hub"), 2) ==
        "Tcp: the hub at " + folder.address("hub") +
            " has refused this worker: TrainOptions::batch_size: the hub has 1, the worker 2");
  hub.join();
  CHECK(why ==
        "Tcp: all workers have left, and not all rows were trained on; last problem: refused "
        "a local process: TrainOptions::batch_size: the hub has 1, the worker 2");
}
