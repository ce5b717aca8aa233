#!/usr/bin/env bash
# Builds and runs all tests, in build/dev. On Debian and Ubuntu it installs what that needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh

need_packages g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev zlib1g-dev libzstd-dev \
  libboost-dev libssl-dev doctest-dev
use_all_cores
cmake --preset dev -DTRIBUTARY_EXAMPLES=OFF -DTRIBUTARY_WERROR=OFF
cmake --build --preset dev
ctest --preset dev --parallel "$CMAKE_BUILD_PARALLEL_LEVEL"
