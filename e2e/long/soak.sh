#!/bin/sh
# Half of what the mesh can do, for twenty minutes, while memory, threads and descriptors of the gateway and
# of a node are sampled: none may grow. Takes about 22 minutes.
#
#   e2e/long/soak.sh [MINUTES [TASKS_PER_SECOND]]
#
# Without a rate, half of what a short closed loop reaches. The last line says what holds; exit 0 only if all
# of it does.
set -eu

root=$(CDPATH='' cd -P -- "$(dirname -- "$0")/../.." && pwd)
exec python3 "$root/e2e/long/soak.py" "$root" "${1:-20}" "${2:-0}"
