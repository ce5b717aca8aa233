#!/usr/bin/env bash
# The faults in full, of which the tests have a sample: 200 runs whose workers are killed at random
# moments, 100 whose hub is, three times each, and a short session cut at each byte in four ways.
# Builds test_tcp in build/dev, unless it is given one, and takes half an hour.
#   faults.sh [TEST_TCP]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${1:-build/dev/tests/test_tcp}
if (($# == 0)); then
  source cmake/packages.sh
  build_tests test_tcp
fi

failed=0
run() {
  local runs=$1 name=$2 log
  log=$(mktemp)
  if TRIBUTARY_FAULT_RUNS=$runs "$program" --test-case="$name" --duration >"$log" 2>&1; then
    echo "passed: $name"
  else
    failed=1
    echo "FAILED: $name, see $log"
    grep -A 4 ERROR "$log" | head -20
  fi
  grep -hE 'assertions:|MESSAGE|^[0-9.]+ s:' "$log" || true
}
run 200 'workers may be killed at any moment*'
run 100 'the hub may be killed at any moment*'
run 1 'a short session may be cut at each byte'
exit $failed
