#!/usr/bin/env bash
# What users wait for: CPU seconds and memory to compile typical programs, header-only and with
# tributary::compiled, and the ratio to a file that includes <Eigen/Dense> alone.
#   bash benchmarks/compile.sh [--rounds N] [--trace PROGRAM]
# The programs are compiled in turn; each figure is the median of the rounds. With --trace, only the
# sums of Clang's -ftime-trace for one program.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh
rounds=3 trace=
while (($#)); do
  case $1 in
    --rounds) rounds=${2:?"--rounds needs a number"} ;;
    --trace) trace=${2:?"--trace needs a program"} ;;
    *) sed -n 2,6p "$0" >&2 && exit 2 ;;
  esac
  shift 2
done
need_packages time g++ clang-19 libeigen3-dev libboost-dev libssl-dev python3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo '#include <Eigen/Dense>' >"$work/eigen.cpp"
echo '#include <tributary/tributary.hpp>' >"$work/umbrella.cpp"
cp examples/01_hello.cpp "$work/hello.cpp"
cp examples/02_own_model.cpp "$work/own_model.cpp"
cp examples/07_tcp.cpp "$work/tcp.cpp"
cp tests/builds/ask.cpp "$work/hot_path.cpp"
programs=(eigen umbrella hot_path hello own_model tcp)
flags=(-std=c++20 -w -Iinclude -Itests -isystem /usr/include/eigen3 -c -o "$work/object")

if [[ $trace ]]; then
  clang++-19 "${flags[@]}" -O0 -ftime-trace="$work/trace" "$work/$trace.cpp"
  python3 - "$work/trace" <<'END'
import json, sys
events = json.load(open(sys.argv[1]))['traceEvents']
totals = {e['name'][6:]: e['dur'] / 1e6 for e in events if e['name'].startswith('Total ')}
for name, seconds in sorted(totals.items(), key=lambda total: -total[1])[:20]:
    print(f'{seconds:8.2f} s  {name}')
END
  exit
fi

median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
printf '%-12s %-4s %-10s %-22s %s\n' compiler flag program 'header-only' 'tributary::compiled'
for compiler in g++ clang++-19; do
  for level in -O0 -O2; do
    rm -f "$work"/*.figures
    for ((round = 0; round < rounds; ++round)); do
      for program in "${programs[@]}"; do
        for mode in headers compiled; do
          define=() && [[ $mode == compiled ]] && define=(-DTRIBUTARY_COMPILED)
          env time -f '%U %M' -a -o "$work/$program.$mode.figures" \
            "$compiler" "${flags[@]}" $level "${define[@]}" "$work/$program.cpp"
        done
      done
    done
    base=$(cut -d ' ' -f 1 "$work/eigen.headers.figures" | median)
    for program in "${programs[@]}"; do
      printf '%-12s %-4s %-10s' "$compiler" "$level" "$program"
      for mode in headers compiled; do
        seconds=$(cut -d ' ' -f 1 "$work/$program.$mode.figures" | median)
        kilobytes=$(cut -d ' ' -f 2 "$work/$program.$mode.figures" | median)
        awk -v s="$seconds" -v b="$base" -v k="$kilobytes" \
          'BEGIN { printf " %6.2f s %5.1f x %5.0f MB", s, s / b, k / 1024 }'
      done
      echo
    done
  done
done
