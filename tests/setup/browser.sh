#!/usr/bin/env bash
# Makes the peer that calls from a browser: stanza.js and what it needs, by the versions and checksums of
# tests/setup/browser/package-lock.json, in one file, target/browser/stanza.js, for a page to load. Nothing of it ships.
# Safe to run again: a stamp holds the checksum of this script and of the lock.
set -euo pipefail
cd "$(dirname "$0")/../.."

browser=$PWD/target/browser
setup=$PWD/target/setup
mkdir -p "$setup"
exec 9>"$setup/browser.lock" && flock 9
stamp=$(cat tests/setup/browser.sh tests/setup/browser/*.json | sha256sum | cut -c1-16)
[ "$(cat "$browser/.stamp" 2>/dev/null)" = "$stamp" ] && exit 0

die() { echo "browser.sh: $*" >&2; exit 1; }

# the interface's own bundler
rolldown=$PWD/ui/node_modules/.bin/rolldown
[ -x "$rolldown" ] || die "the interface's npm packages are missing: make ui-packages"

echo "making the browser's peer of stanza.js"
rm -rf "$browser" && mkdir -p "$browser"
cp tests/setup/browser/package*.json "$browser/"
# its scripts are nobody's business here
(cd -P "$browser" && npm ci --ignore-scripts --no-fund --no-audit --loglevel error >/dev/null) || die "npm could not install stanza.js"
# the second has what the library keeps to itself: how SDP becomes Jingle
echo 'globalThis.XMPP = require("stanza"); globalThis.Protocol = require("stanza/jingle/sdp/Protocol");' >"$browser/entry.js"
(cd -P "$browser" && "$rolldown" entry.js --platform browser --format iife --file stanza.js --logLevel silent >/dev/null) ||
  die "stanza.js could not be put into one file"
grep -q createClient "$browser/stanza.js" || die "target/browser/stanza.js is not stanza.js"
echo "$stamp" >"$browser/.stamp"
