#!/usr/bin/env bash
# Installs the Debian packages Waxwing needs: tests/setup/apt.sh build window servers
# Safe to run again: when everything is there it only asks dpkg (a few milliseconds).
set -euo pipefail

declare -A groups=(
  # the compiler's side of the Tauri shell
  [build]="build-essential pkg-config cmake libwebkit2gtk-4.1-dev libgtk-3-dev libayatana-appindicator3-dev
           librsvg2-dev libssl-dev libdbus-1-dev libasound2-dev libvpx-dev libpipewire-0.3-dev libclang-dev"
  # a real window without a desktop; without the gstreamer packages the webview decodes no H.264; a browser and Dino to
  # call, and what Dino's camera is compiled with; then the desktop around them: notifications, trays, a window manager,
  # a keyring, what screen readers read, and a tray icon of other people's to try the tray with; and cameras that
  # PipeWire has, and the portal that shows screens
  [window]="xvfb xauth webkit2gtk-driver dbus dbus-x11 gstreamer1.0-plugins-base gstreamer1.0-plugins-good
            gstreamer1.0-plugins-bad gstreamer1.0-libav fonts-dejavu-core fonts-noto-color-emoji imagemagick
            xdotool iproute2
            chromium chromium-driver pulseaudio pulseaudio-utils
            dino-im libgstreamer1.0-dev
            dunst trayer openbox gnome-keyring at-spi2-core python3-gi gir1.2-ayatanaappindicator3-0.1
            pipewire pipewire-bin wireplumber gstreamer1.0-pipewire gstreamer1.0-tools xdg-desktop-portal"
  # the servers themselves are unpacked beside the system by servers.sh; imagemagick draws ejabberd's CAPTCHA,
  # Debian's own Python makes no environments without python3-venv, and networks of a test's own have routers
  [servers]="ca-certificates debian-archive-keyring imagemagick python3-venv iproute2 nftables"
  # a clean Debian to install our package into, and what reads the package's papers
  [package]="debian-archive-keyring debootstrap dpkg-dev desktop-file-utils appstream"
  # what moves a file as plainly as can be, to be measured against
  [bench]="socat curl"
)

wanted=()
for group in "${@:-build window servers}"; do
  for name in $group; do
    [ -n "${groups[$name]:-}" ] || { echo "apt.sh: no group '$name' (known: ${!groups[*]})" >&2; exit 2; }
    # shellcheck disable=SC2206  # the lists above are meant to be split
    wanted+=(${groups[$name]})
  done
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  [ -z "${WAXWING_PACKAGES:-}" ] || exit 0
  echo "This is not a Debian-like system. Install what these Debian packages hold, by your system's names:" >&2
  echo "  ${wanted[*]}" >&2
  echo "and say so with WAXWING_PACKAGES=installed before the command." >&2
  exit 1
fi

installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | awk '$2 == "installed" {print $1}' || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  as_root=(sudo)
else
  echo "These packages are missing and neither root nor sudo is at hand. As root, run:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3)
# A package list of some unrelated repository may be out of reach: what we need is judged by the install below.
"${apt[@]}" update || true
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null
