// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace tributary::inline v0_1::detail {

/// A thread that runs act(), with its std::stop_token if it takes one. If the system cannot start a
/// thread, throws std::system_error with `what` in its message.
template <class Act>
std::jthread start_thread(const std::string& what, Act&& act) {
  try {
    return std::jthread{std::forward<Act>(act)};
  } catch (const std::system_error& error) {
    throw std::system_error{error.code(), "cannot start a thread for " + what};
  }
}

}  // namespace tributary::inline v0_1::detail
