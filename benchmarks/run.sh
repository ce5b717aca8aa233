#!/usr/bin/env bash
# Builds the benchmarks, in build/benchmarks for this machine's processor, and runs them in rounds,
# side by side with PyTorch and LibTorch if these are installed: Debian's python3-torch and
# libtorch-dev. On Debian and Ubuntu it installs the other needed packages.
#   run.sh [--quick] [--output DIR]
# --quick: one round. DIR, or build/benchmarks/results, gets table.md, results.json and pictures.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
build=$root/build/benchmarks
results=$build/results
rounds=5
while (($#)); do
  case $1 in
    --quick) rounds=1 ;;
    --output) results=${2:?--output needs a folder} && shift ;;
    *) echo "usage: run.sh [--quick] [--output DIR]" >&2 && exit 2 ;;
  esac
  shift
done
source "$root/cmake/packages.sh"

# OpenBLAS: without it PyTorch multiplies by Debian's slow reference.
need_packages g++ cmake ninja-build libeigen3-dev nlohmann-json3-dev libopenblas-dev libboost-dev \
  libssl-dev python3 gnuplot-nox
use_all_cores
cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DTRIBUTARY_BENCHMARKS=ON \
  -DTRIBUTARY_TESTS=OFF -DTRIBUTARY_EXAMPLES=OFF
cmake --build "$build" --target benchmarks

# One thread for each worker, and no thread that spins for work while another one computes.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
pytorch=
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import torch' 2>/dev/null; then pytorch=$python && break; fi
done
[[ -n $pytorch ]] || echo "PyTorch is left out: there is no python3-torch"

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for ((round = 1; round <= rounds; ++round)); do
  echo "Round $round of $rounds"
  for program in machine profile optimizers gemm train_w1 train_w1_o2 train_w1_v3 exchange exchange_tcp \
    siege_tcp train_w3 inference inference_v2 w1_libtorch w3_libtorch; do
    program=$build/benchmarks/benchmark_$program
    [[ ! -x $program ]] || "$program" --rounds 1
  done >>"$lines"
  for script in w1 w3; do
    [[ -z $pytorch ]] || "$pytorch" -B "$here/torch/$script.py" --rounds 1
  done >>"$lines"
done

python3 "$here/report.py" --output "$results" <"$lines"
for data in "$results"/*.dat; do
  gnuplot -c "$here/plot.gp" "$data" "${data%.dat}.svg"
  rm "$data"
done
cat "$results/table.md"
