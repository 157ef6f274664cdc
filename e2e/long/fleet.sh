#!/bin/sh
# 10,000 links of real node cores on one gateway, for ten minutes: all must join, none may be taken for lost,
# and the gateway's memory is shown. Takes about 15 minutes, 5 GiB of memory and 10,500 open files a process.
#
#   e2e/long/fleet.sh [NODES [SECONDS]]
#
# The last line says what holds; exit 0 only if all of it does.
set -eu

root=$(CDPATH='' cd -P -- "$(dirname -- "$0")/../.." && pwd)
nodes=${1:-10000}
seconds=${2:-600}

"$root/bin/reefmesh" bench --case fleet_10k --fleet "$nodes" --seconds "$seconds" --json |
  python3 "$root/e2e/long/check.py" fleet "$nodes"
