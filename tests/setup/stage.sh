#!/usr/bin/env bash
# stage.sh NAME COMMAND…: runs one step of a build, says what it is before and how long it took after.
set -uo pipefail
name=$1
shift
echo "==> $name"
start=$SECONDS
"$@"
code=$?
if [ $code = 0 ]; then
  echo "    $name: $((SECONDS - start)) s"
else
  echo "    $name failed after $((SECONDS - start)) s: $*" >&2
fi
exit $code
