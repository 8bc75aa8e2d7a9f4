#!/usr/bin/env bash
# Lays the servers and peers of the tests out under target/servers/. Nothing of it is installed: Debian's packages and
# all they need are unpacked into one folder each, so no service starts, two versions live side by side and no root is
# needed. Safe to run again: a stamp per folder holds the checksum of this script and of where it is, which is written
# into what it unpacks.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Debian 12's packages also run on newer releases, because each folder carries its own libraries (all but glibc).
release=bookworm
slixmpp=1.17.0 # MIT

servers=$PWD/target/servers
setup=$PWD/target/setup
mkdir -p "$servers" "$setup/debs"
exec 9>"$setup/lock" && flock 9 # two runs at once would unpack into each other
stamp=$({ pwd -P; cat tests/setup/servers.sh; } | sha256sum | cut -c1-16)

die() { echo "servers.sh: $*" >&2; exit 1; }
ready() { [ "$(cat "$servers/$1/.stamp" 2>/dev/null)" = "$stamp" ]; }

# An apt of our own: its lists, its sources and an empty list of installed packages, so that it resolves everything.
private_apt() {
  [ -s "$setup/apt.conf" ] && [ "$(cat "$setup/apt.stamp" 2>/dev/null)" = "$stamp" ] && return
  command -v apt-get >/dev/null || die "apt-get is needed to fetch the test servers; there is none on this system"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || die "$keyring is missing: install the package debian-archive-keyring (tests/setup/apt.sh servers)"
  mirror=$(tests/setup/mirror.sh)
  echo "reading the package lists of $release and $release-backports"
  rm -rf "$setup/apt" && mkdir -p "$setup"/apt/{state/lists/partial,cache/archives/partial}
  : >"$setup/apt/status"
  for suite in $release $release-backports; do
    echo "deb [signed-by=$keyring] $mirror $suite main"
  done >"$setup/apt/sources.list"
  cat >"$setup/apt.conf" <<CONF
Dir::Etc::sourcelist "$setup/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$setup/apt/state";
Dir::State::status "$setup/apt/status";
Dir::Cache "$setup/apt/cache";
APT::Sandbox::User "";
Acquire::Retries "3";
CONF
  APT_CONFIG=$setup/apt.conf apt-get -qq update || die "could not read the package lists of $release from $mirror"
  echo "$stamp" >"$setup/apt.stamp"
}

# unpack FOLDER SUITE PACKAGE…: the packages and their libraries, into one tree
unpack() {
  local tree=$servers/$1 suite=$2
  shift 2
  private_apt
  echo "unpacking $* from $suite into target/servers/${tree##*/}"
  local plan
  plan=$(APT_CONFIG=$setup/apt.conf apt-get -s -t "$suite" --no-install-recommends install "$@") ||
    die "$suite has no $* that resolves"
  local names
  names=$(awk '/^Inst/ {gsub(/[(\[\]]/, ""); print $2 "=" $3}' <<<"$plan" |
    grep -E '^(prosody|ejabberd|erlang|coturn|lua|lib|zlib1g)' |
    # the running system's own: glibc and its kin must match the loader, the rest only serves installation
    grep -vE '^(libc6|libc-bin|libcrypt1|libgcc|libstdc|libperl|libpam|libselinux|libsemanage|libsepol|libaudit|libfile|libnumber|libtext)')
  rm -rf "$tree" && mkdir -p "$tree"
  # shellcheck disable=SC2086  # a list of names
  (cd "$setup/debs" && APT_CONFIG=$setup/apt.conf apt-get -qq download $names)
  local name
  for name in $names; do
    # apt writes the epoch's colon as %3a
    dpkg-deb -x "$setup/debs/${name%%=*}"_"$(sed 's/:/%3a/' <<<"${name#*=}")"_*.deb "$tree"
  done
}

prosody() { # prosody FOLDER SUITE
  ready "$1" && return
  unpack "$1" "$2" prosody prosody-modules lua-dbi-sqlite3
  local tree=$servers/$1 program arch
  arch=$(uname -m)-linux-gnu
  for program in prosody prosodyctl; do
    sed -i -e "s#^CFG_SOURCEDIR=.*#CFG_SOURCEDIR='$tree/usr/lib/prosody';#" \
      -e "s#^CFG_CONFIGDIR=.*#CFG_CONFIGDIR='$tree/etc/prosody';#" \
      -e "s#^CFG_PLUGINDIR=.*#CFG_PLUGINDIR='$tree/usr/lib/prosody/modules/';#" \
      -e "s#^CFG_DATADIR=.*#CFG_DATADIR='$tree/var/lib/prosody';#" "$tree/usr/bin/$program"
    cat >"$tree/$program" <<RUN
#!/bin/sh
export LD_LIBRARY_PATH='$tree/usr/lib/$arch:$tree/lib/$arch'
export LUA_PATH='$tree/usr/share/lua/5.4/?.lua;$tree/usr/share/lua/5.4/?/init.lua;;'
export LUA_CPATH='$tree/usr/lib/$arch/lua/5.4/?.so;;'
exec '$tree/usr/bin/lua5.4' '$tree/usr/bin/$program' "\$@"
RUN
    chmod +x "$tree/$program"
  done
  # the packaged one includes files of /etc; every test brings its own
  echo 'VirtualHost "localhost"' >"$tree/etc/prosody/prosody.cfg.lua"
  "$tree/prosodyctl" about 2>&1 | sed -n '/^Prosody [0-9]/p' | grep . || die "Prosody was unpacked into $tree but does not run"
  echo "$stamp" >"$tree/.stamp"
}

ejabberd() { # ejabberd FOLDER SUITE
  ready "$1" && return
  unpack "$1" "$2" ejabberd
  local tree=$servers/$1 arch
  arch=$(uname -m)-linux-gnu
  sed -i "s#ROOTDIR=/usr/lib/erlang#ROOTDIR=$tree/usr/lib/erlang#" "$tree"/usr/lib/erlang/bin/{erl,start} \
    "$tree"/usr/lib/erlang/erts-*/bin/{erl,start} 2>/dev/null || true
  # erl itself instead of ejabberdctl: no user of its own, no epmd, nothing outside the folder
  cat >"$tree/erl" <<RUN
#!/bin/sh
export LD_LIBRARY_PATH='$tree/usr/lib/$arch:$tree/lib/$arch'
export ERL_LIBS='$tree/usr/lib/$arch'
exec '$tree/usr/lib/erlang/bin/erl' "\$@"
RUN
  chmod +x "$tree/erl"
  "$tree/erl" -noinput -eval 'ok = application:load(ejabberd), {ok, V} = application:get_key(ejabberd, vsn), io:format("ejabberd ~s~n", [V]), halt().' ||
    die "ejabberd was unpacked into $tree but does not run"
  echo "$stamp" >"$tree/.stamp"
}

coturn() { # coturn FOLDER SUITE
  ready "$1" && return
  unpack "$1" "$2" coturn
  local tree=$servers/$1 arch
  arch=$(uname -m)-linux-gnu
  cat >"$tree/turnserver" <<RUN
#!/bin/sh
export LD_LIBRARY_PATH='$tree/usr/lib/$arch:$tree/lib/$arch'
exec '$tree/usr/bin/turnserver' "\$@"
RUN
  chmod +x "$tree/turnserver"
  [[ $("$tree/turnserver" --help 2>&1) == *Usage* ]] || die "coturn was unpacked into $tree but does not run"
  echo "coturn"
  echo "$stamp" >"$tree/.stamp"
}

python_peer() {
  ready venv && return
  echo "making a Python environment with slixmpp $slixmpp"
  rm -rf "$servers/venv"
  if ! python3 -m venv "$servers/venv" >"$setup/venv.log" 2>&1; then
    cat "$setup/venv.log" >&2
    die "python3 cannot make an environment: install python3-venv (apt-get install python3-venv) and run again"
  fi
  "$servers/venv/bin/pip" install -q --disable-pip-version-check "slixmpp==$slixmpp"
  "$servers/venv/bin/python" -c 'import slixmpp; print("slixmpp", slixmpp.__version__)'
  echo "$stamp" >"$servers/venv/.stamp"
}

prosody prosody-13 $release-backports
prosody prosody-0.12 $release
ejabberd ejabberd $release-backports
coturn coturn $release
python_peer
