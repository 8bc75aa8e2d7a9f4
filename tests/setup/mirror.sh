#!/usr/bin/env bash
# Prints the Debian mirror this machine already uses; DEBIAN_MIRROR for a machine that runs something else.
set -euo pipefail
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "Debian" && !found++ {print $3}')}
# lists may have been cleaned away (as in a container image): then the sources themselves say it
[ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
  grep -v '^ *#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ' || true)
[ -n "$mirror" ] || { echo "no Debian mirror among apt's sources: set DEBIAN_MIRROR to one and run again" >&2; exit 1; }
echo "${mirror%/}"
