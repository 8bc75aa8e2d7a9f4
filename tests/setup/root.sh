#!/usr/bin/env bash
# Prepares the clean Debian 12 that the package's test installs into: target/setup/debian/ is the tree (a minimal
# system, 210 MB, which the test only reads), target/setup/debian-debs/ keeps what apt has downloaded into it.
# Needs root. Safe to run again: a stamp holds this script's checksum and the mirror.
set -euo pipefail
cd "$(dirname "$0")/../.."

release=bookworm
setup=$PWD/target/setup
tree=$setup/debian

die() { echo "root.sh: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "the package's test installs into a Debian of its own, and only root may lay one out:
  run sudo -E make test, or as root tests/setup/root.sh and then cargo test -p waxwing-tests --test package"
command -v debootstrap >/dev/null || die "debootstrap is missing: run tests/setup/apt.sh package"

mirror=$(tests/setup/mirror.sh)
mkdir -p "$setup/debian-debs/partial"
exec 8>"$setup/debian.lock" && flock 8
stamp=$(cat tests/setup/root.sh - <<<"$mirror" | sha256sum | cut -c1-16)
[ "$(cat "$tree/.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

# a proxy that only apt knows of
proxy=""
eval "$(apt-config shell proxy Acquire::http::Proxy)"
[ -z "$proxy" ] || export http_proxy=${http_proxy:-$proxy}

echo "laying out a clean Debian 12 from $mirror"
rm -rf "$tree" && mkdir -p "$tree"
debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  "$release" "$tree" "$mirror" >"$setup/debian.log" 2>&1 ||
  { tail -n 20 "$setup/debian.log" >&2; die "debootstrap failed; all it said is in $setup/debian.log"; }

{
  echo 'Acquire::Retries "3";'
  echo 'APT::Sandbox::User "root";' # its downloads go to a folder of the machine's
  [ -z "$proxy" ] || echo "Acquire::http::Proxy \"$proxy\";"
  case $mirror in https:*) # whom this machine trusts, until ca-certificates comes with the package
    cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/apt/mirror.crt"
    echo 'Acquire::https::CAInfo "/etc/apt/mirror.crt";' ;;
  esac
} >"$tree/etc/apt/apt.conf.d/90test"
echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/90test" # thrown away anyhow
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" && chmod 755 "$tree/usr/sbin/policy-rc.d" # no services
rm -f "$tree"/var/cache/apt/archives/*.deb
chroot "$tree" apt-get -qq update || die "could not read the package lists of $release from $mirror"
useradd --root "$tree" --create-home --shell /bin/bash mira
echo "$stamp" >"$tree/.stamp"
