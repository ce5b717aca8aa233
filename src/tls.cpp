// SPDX-License-Identifier: Apache-2.0
// Tls, once for all programs: see core/detail/compiled.hpp.
#include <tributary/transport/tls.ipp>
