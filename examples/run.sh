#!/usr/bin/env bash
# Builds the workflow example, in build/release for this machine's processor, and runs it with the
# arguments given. On Debian and Ubuntu it installs the needed packages.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/cmake/packages.sh"

need_packages g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev zlib1g-dev libboost-dev \
  libssl-dev libcli11-dev dataset-fashion-mnist
use_all_cores
(
  cd "$root"
  cmake --preset release -DTRIBUTARY_TESTS=OFF -DTRIBUTARY_WERROR=OFF
  cmake --build --preset release --target workflow
)
exec "$root/build/release/examples/workflow" "$@"
