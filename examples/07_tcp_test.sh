#!/bin/sh
# 07_tcp_test.sh <program> [<mpirun>]: runs it as a hub and two workers, side by side; and as the three
# tasks of one mpirun.
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
export TRIBUTARY_ADDRESS="unix:$folder/hub" TRIBUTARY_WORKERS=2
TRIBUTARY_ROLE=worker "$1" & first=$!
TRIBUTARY_ROLE=worker "$1" & second=$!
TRIBUTARY_ROLE=hub "$1" && wait $first && wait $second || exit
[ -n "$2" ] || exit 0
# As root too, and on fewer cores: Open MPI 4 and 5.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
  OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
"$2" -n 3 "$1"
