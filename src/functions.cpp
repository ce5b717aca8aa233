// SPDX-License-Identifier: Apache-2.0
// Functions that are not templates, once for all programs: see core/detail/compiled.hpp.
#include <tributary/core/crc32c.ipp>
#include <tributary/data/csv.ipp>
