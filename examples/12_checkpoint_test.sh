#!/bin/sh
# 12_checkpoint_test.sh <program>: a run that is killed ten times ends like one that nobody killed.
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
whole=$("$1" "$folder/whole.tck") || exit
for tenths in 1 2 3 4 5 6 7 8 9 10; do
  "$1" "$folder/killed.tck" >/dev/null & program=$!
  sleep "0.$((tenths % 10))5"
  kill -9 $program 2>/dev/null
  wait $program
done
killed=$("$1" "$folder/killed.tck") || exit
echo "$killed"
[ "$whole" = "$killed" ]
