#!/usr/bin/env bash
# Builds and runs all tests, in build/dev. On Debian and Ubuntu it installs the needed packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh

build_tests
ctest --preset dev --parallel $((2 * CMAKE_BUILD_PARALLEL_LEVEL))  # many only wait
