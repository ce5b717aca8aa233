// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tributary/transport/tcp/secret.hpp>

namespace tributary::inline v0_1::detail {

inline constexpr std::string_view default_address = "127.0.0.1:29500";

/// A process's settings for a run, from its environment.
struct TcpPlace {
  bool is_hub = false;
  std::string address = {};
  int workers = 1;
  int local_workers = 0;
  int rank = -1;
  Secret secret = {};
};

/// Throws std::invalid_argument that names the variable, or FileError.
TcpPlace place_from_environment();
bool has_role_in_environment();

}  // namespace tributary::inline v0_1::detail

#ifndef TRIBUTARY_COMPILED
#include <tributary/transport/tcp/environment.ipp>
#endif
