#!/usr/bin/env bash
# Builds the window study, in build/window_study for this machine's processor, runs it with the
# arguments given, and draws its pictures. On Debian and Ubuntu it installs what that needs.
# Results are in build/window_study/results, or where --output DIR says.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/window_study
results=$build/results
for ((i = 1; i <= $#; ++i)); do
  if [[ ${!i} == --output ]]; then
    next=$((i + 1))
    results=${!next:?--output needs a folder}
    set -- "${@:1:i-1}" "${@:i+2}"
    break
  fi
done
source "$root/cmake/packages.sh"

need_packages g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev zlib1g-dev libcli11-dev \
  gnuplot-nox dataset-fashion-mnist
use_all_cores
cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DTRIBUTARY_BENCHMARKS=ON \
  -DTRIBUTARY_TESTS=OFF -DTRIBUTARY_EXAMPLES=OFF
cmake --build "$build" --target window_study
mkdir -p "$results"
results=$(cd "$results" && pwd)
"$build/benchmarks/window_study" --output "$results" "$@"
for part in window workers; do
  [[ ! -e $results/$part.dat ]] ||
    gnuplot -c "$here/plot_$part.gp" "$results" "$here/published.dat"
done
