// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tributary::inline v0_1::detail {

/// A field by RFC 4180, quoted if it must be.
inline void append_field(std::string& to, std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool plain = !text.empty() && text.find_first_of(",\"\r\n") == text.npos &&
                     !is_blank(text.front()) && !is_blank(text.back());
  if (plain) {
    to += text;
    return;
  }
  to += '"';
  for (const char c : text) to.append(c == '"' ? 2 : 1, c);
  to += '"';
}

}  // namespace tributary::inline v0_1::detail
