// SPDX-License-Identifier: Apache-2.0
// Functions, and templates that most programs need: see core/detail/compiled.hpp.
#include <tributary/core/crc32c.ipp>
#include <tributary/data/assemble.ipp>
#include <tributary/data/csv.ipp>
#include <tributary/trainer/detail/templates.ipp>
#include <tributary/transport/fingerprint.ipp>

namespace tributary {
template BasicEvents<float> assemble(const CsvTable&, const AssembleOptions&);
template BasicEvents<double> assemble(const CsvTable&, const AssembleOptions&);
}  // namespace tributary
