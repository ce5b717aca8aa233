// SPDX-License-Identifier: Apache-2.0
// The transport InProcess, once for all programs: see core/detail/compiled.hpp.
#include <span>
#include <stop_token>
#include <tributary/transport/in_process.ipp>

namespace tributary {
template Delivery InProcess::run(AnyCenter<float>&, std::span<AnyWorker<float>* const>,
                                 std::stop_token, detail::Checkpoints<float>*) const;
template Delivery InProcess::run(AnyCenter<double>&, std::span<AnyWorker<double>* const>,
                                 std::stop_token, detail::Checkpoints<double>*) const;
}  // namespace tributary
