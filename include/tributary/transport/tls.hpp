// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

namespace tributary::inline v0_1 {

namespace detail {
class StreamWrapper;
}

/// TLS 1.3 for Tcp, at the hub and at all workers. Each must present a certificate signed by the
/// same authority; otherwise it is refused.
///
///   Tcp{..., .tls = Tls{.certificate = "hub.pem", .key = "hub.key", .authority = "ca.pem"}}
///
/// The hub's certificate must have the host name or IP address of the workers' Tcp::address as a
/// subject alternative name. This name is not checked for unix:/path.
struct Tls {
  std::filesystem::path certificate;  ///< PEM; intermediate certificates may follow it.
  std::filesystem::path key;          ///< The certificate's key: PEM without a passphrase, private.
  std::filesystem::path authority;    ///< PEM: the certificates of one or more authorities.

  /// Reads the files. Throws FileError if one is not in this format, or if the key file has
  /// permissions for users other than its owner (on systems with file permissions).
  operator std::shared_ptr<const detail::StreamWrapper>() const;
};

}  // namespace tributary::inline v0_1

#ifndef TRIBUTARY_COMPILED
#include <tributary/transport/tls.ipp>
#endif
