#!/bin/sh
# tcp_test.sh <program>: runs it as a hub and two workers, side by side.
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
export TRIBUTARY_ADDRESS="unix:$folder/hub" TRIBUTARY_WORKERS=2
TRIBUTARY_ROLE=worker "$1" & first=$!
TRIBUTARY_ROLE=worker "$1" & second=$!
TRIBUTARY_ROLE=hub "$1" && wait $first && wait $second
