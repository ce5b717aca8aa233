#!/bin/sh
# 12_checkpoint_test.sh <program>: runs that are killed ten times, and runs that end for a while by a
# limit or a signal, end like one that nobody disturbed.
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
whole=$("$1" "$folder/whole.tck") || exit
echo "$whole"
for tenths in 1 2 3 4 5 6 7 8 9 0; do
  "$1" "$folder/killed.tck" >/dev/null & program=$!
  sleep "0.${tenths}5"
  kill -9 $program 2>/dev/null
  wait $program
done
[ "$("$1" "$folder/killed.tck")" = "$whole" ] || exit

"$1" "$folder/limited.tck" >/dev/null & program=$!
sleep 0.3
kill -TERM $program 2>/dev/null
wait $program
code=$?
[ $code = 85 ] || [ $code = 0 ] || exit
for turn in 1 2 3 4 5 6 7 8 9; do
  last=$("$1" "$folder/limited.tck" 0.2)
  code=$?
  [ $code = 85 ] || break
done
[ $code = 85 ] && last=$("$1" "$folder/limited.tck")
[ "$last" = "$whole" ]
