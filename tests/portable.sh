#!/usr/bin/env bash
# Holds the bits of other CPUs against those of this one, which fuses sums: little- and big-endian
# ones, of 32 and 64 bits, in cross builds by Debian's g++ that QEMU runs. i686 computes by SSE2 here,
# for the older x87 rounds otherwise, and never fuses.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh

others=(aarch64 riscv64 s390x i686)
packages=("${others[@]/%/-linux-gnu}")
packages=("${packages[@]/#/g++-}")
need_packages g++ libeigen3-dev qemu-user "${packages[@]}"
use_all_cores
folder=build/portable
mkdir -p "$folder/include"
ln -sfn /usr/include/eigen3/Eigen "$folder/include/Eigen"  # without /usr/include itself

build() {  # build <CPU>
  local flags=()
  [[ $1 != i686 ]] || flags=(-msse2 -mfpmath=sse)
  "$1-linux-gnu-g++" -std=c++20 -O1 -w -Wno-psabi -static -ffp-contract=off "${flags[@]}" -Iinclude \
    -isystem "$folder/include" tests/portable/main.cpp -o "$folder/$1"
}
export -f build
export folder
printf '%s\n' x86_64 "${others[@]}" |
  xargs -P "$CMAKE_BUILD_PARALLEL_LEVEL" -I CPU bash -c 'build CPU'

"$folder/x86_64" | tee "$folder/expected"
for cpu in "${others[@]}"; do
  "qemu-${cpu/i686/i386}" "$folder/$cpu" >"$folder/found"
  kinds='^all|^fused'
  [[ $cpu != i686 ]] || kinds='^all'
  diff <(grep -E "$kinds" "$folder/expected") <(grep -E "$kinds" "$folder/found")
  echo "$cpu: the same bits"
done
