// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tributary/core/detail/compiled.hpp>
#include <tributary/core/require.hpp>
#include <tributary/transport/tcp/environment.hpp>
#include <tributary/transport/tcp/secret.hpp>
#include <tributary/transport/tcp/socket.hpp>

namespace tributary::inline v0_1::detail {

/// Nothing if it is not set.
inline std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);
  if (!value) return std::nullopt;
  return value;
}

/// Nothing if it is not set. Throws std::invalid_argument if it is not a number in this range.
inline std::optional<int> number_variable(const char* name, int least,
                                          int most = std::numeric_limits<int>::max()) {
  const auto text = variable(name);
  if (!text) return std::nullopt;
  int number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  const std::string range =
      most == std::numeric_limits<int>::max()
          ? "at least " + std::to_string(least)
          : "in [" + std::to_string(least) + ", " + std::to_string(most) + "]";
  require(error == std::errc{} && rest == end && least <= number && number <= most, name, *text,
          "a whole number, " + range);
  return number;
}

/// The first node of a Slurm list such as rack2-n[03-07,12],other. Throws std::invalid_argument if
/// there is none.
inline std::string first_node(std::string_view list) {
  std::string name;
  bool in_range = false, first_of_range = true;
  for (const char letter : list) {
    if (letter == '[' || letter == ']') {
      in_range = letter == '[';
      first_of_range = true;
    } else if (letter == ',' && !in_range) {
      break;
    } else if (in_range && (letter == '-' || letter == ',')) {
      first_of_range = false;
    } else if (first_of_range) {
      name += letter;
    }
  }
  require(!name.empty() && !in_range, "SLURM_STEP_NODELIST", list, "a list of nodes");
  return name;
}

/// A launcher starts the same command as several tasks. It sets these environment variables for
/// each task. A launcher is in use if all its variables are set.
struct Launcher {
  const char* rank;
  const char* tasks;
  const char* tasks_here = nullptr;  ///< Tasks on this machine.
  const char* nodes = nullptr;       ///< Nodes of the tasks, in order.
  bool is_there() const {
    return std::ranges::all_of(std::array{rank, tasks, tasks_here, nodes},
                               [](const char* name) { return !name || std::getenv(name); });
  }
};
/// The innermost launcher is first, because mpirun in a Slurm job is itself a task of Slurm. The
/// job's script is not a task, although it has SLURM_PROCID and SLURM_NTASKS; only srun sets
/// SLURM_STEP_….
inline constexpr Launcher launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"},  // Open MPI
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"},                                     // MPICH, Intel
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", nullptr, "SLURM_STEP_NODELIST"},
    {"PMI_RANK", "PMI_SIZE"},
};

inline Secret secret_from_environment() {
  const auto file = variable("TRIBUTARY_SECRET_FILE");
  if (!std::getenv("TRIBUTARY_SECRET")) return file ? Secret::from_file(*file) : Secret{};
  require(!file, "TRIBUTARY_SECRET_FILE", file.value_or(""),
          "unset if TRIBUTARY_SECRET is set, because there is one key");
  return Secret::from_environment("TRIBUTARY_SECRET");
}

/// TRIBUTARY_ADDRESS, or nothing if it is not set.
inline std::optional<std::string> address_from_environment() {
  auto text = variable("TRIBUTARY_ADDRESS");
  if (!text) return std::nullopt;
  try {
    static_cast<void>(Address{*text});
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument{"TRIBUTARY_ADDRESS: " + std::string{error.what()}};
  }
  return text;
}

/// The address of the hub, which listens on the machine of task 0.
inline std::string address_of(const Launcher& launcher, const TcpPlace& place) {
  if (auto address = address_from_environment()) return *address;
  const bool all_here = launcher.tasks_here &&
                        number_variable(launcher.tasks_here, 1, place.workers) == place.workers;
  if (place.workers == 1 || all_here) return std::string{default_address};
  const auto nodes = launcher.nodes ? variable(launcher.nodes) : std::nullopt;
  if (!nodes)
    throw std::invalid_argument{
        "TRIBUTARY_ADDRESS is not set in the environment, expected the host:port of task 0, "
        "because no other variable has it"};
  const std::string first = first_node(*nodes);
  if (first == *nodes) return std::string{default_address};
  // A machine's name may resolve locally to an address that others cannot reach.
  return (place.is_hub ? "0.0.0.0" : first) + ":29500";
}

TRIBUTARY_INLINE bool has_role_in_environment() {
  return std::getenv("TRIBUTARY_ROLE") || std::ranges::any_of(launchers, &Launcher::is_there);
}

TRIBUTARY_INLINE TcpPlace place_from_environment() {
  TcpPlace place{.secret = secret_from_environment()};
  if (const auto role = variable("TRIBUTARY_ROLE")) {
    require(role == "hub" || role == "worker", "TRIBUTARY_ROLE", *role, "hub or worker");
    place.is_hub = role == "hub";
    place.address = address_from_environment().value_or(std::string{default_address});
    place.workers = number_variable("TRIBUTARY_WORKERS", 1).value_or(1);
    place.local_workers = number_variable("TRIBUTARY_LOCAL_WORKERS", 0, place.workers).value_or(0);
    place.rank = number_variable("TRIBUTARY_RANK", -1).value_or(-1);
    return place;
  }
  const auto launcher = std::ranges::find_if(launchers, &Launcher::is_there);
  if (launcher == std::ranges::end(launchers))
    throw std::invalid_argument{
        "TRIBUTARY_ROLE is not set in the environment, expected hub or worker, because this is not "
        "a task of srun, mpirun or mpiexec"};
  place.workers = number_variable(launcher->tasks, 1).value_or(1);  // is_there()
  place.rank = number_variable(launcher->rank, 0, place.workers - 1).value_or(0);
  place.is_hub = place.rank == 0;
  place.local_workers = place.is_hub ? 1 : 0;
  place.address = address_of(*launcher, place);
  return place;
}

}  // namespace tributary::inline v0_1::detail
