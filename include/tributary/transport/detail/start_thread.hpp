// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace tributary::inline v0_1::detail {

/// A thread that runs act(), with its std::stop_token if it takes one. Throws std::system_error that
/// names what the thread was for, where the system has none.
template <class Act>
std::jthread start_thread(const std::string& what, Act&& act) {
  try {
    return std::jthread{std::forward<Act>(act)};
  } catch (const std::system_error& error) {
    throw std::system_error{error.code(), "there is no thread for " + what};
  }
}

}  // namespace tributary::inline v0_1::detail
