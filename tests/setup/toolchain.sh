#!/usr/bin/env bash
# What no script here installs for you: says which of it is missing.
set -euo pipefail
missing=0
need() { # need PROGRAM SENTENCE
  command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; missing=1; }
}
need cargo "install Rust (1.91 or newer) with rustup"
need node "install Node.js (20.19 or newer)"
need npm "it comes with Node.js"
need python3 "install Python (3.11 or newer)"
[ $missing = 0 ] || exit 1
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  { echo "Node.js $(node --version) is too old: 20.19 or newer is needed" >&2; exit 1; }
