#pragma once

namespace tributary::test {

/// With AddressSanitizer, which takes more stack, and tens of times as long where code is slow.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace tributary::test
