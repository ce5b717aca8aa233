// SPDX-License-Identifier: Apache-2.0
// The transport Tcp with Asio and OpenSSL, once for all programs: see core/detail/compiled.hpp.
#include <tributary/transport/tcp/environment.ipp>
#include <tributary/transport/tcp/secret.ipp>
#include <tributary/transport/tcp/session.ipp>

namespace tributary {
template class TcpSession<float>;
template class TcpSession<double>;
}  // namespace tributary
