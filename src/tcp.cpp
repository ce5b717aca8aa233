// SPDX-License-Identifier: Apache-2.0
// The transport Tcp with Asio and OpenSSL, once for all programs: see core/detail/compiled.hpp.
#include <tributary/transport/tcp.hpp>

namespace tributary {
template class TcpSession<float>;
template class TcpSession<double>;
}  // namespace tributary
