#!/usr/bin/env bash
# Packs the built application into a .deb: tests/setup/bundle.sh [--debug]; prints the package's path.
# The same build gives the same bytes: every date is SOURCE_DATE_EPOCH, which is the last commit's unless it is set.
#
# Tauri's bundler gathers the files and writes the control file; what it cannot say is put right in its result: one
# desktop entry with the application's own name, the versions of the libraries, the notices, dates, order and owners.
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1:-}" in
  --debug) profile=debug flags=(--debug) pack=(-Zgzip -z1) ;; # packed in a moment, for the tests
  "") profile=release flags=() pack=(-Zxz --threads-max=1) ;; # several threads need not give the same bytes
  *) echo "usage: bundle.sh [--debug]" >&2; exit 2 ;;
esac
id=im.waxwing.Waxwing
target=${CARGO_TARGET_DIR:-$PWD/target}
binary=$target/$profile/waxwing
work=$target/bundle/$profile
tauri=$PWD/ui/node_modules/.bin/tauri

die() { echo "bundle.sh: $*" >&2; exit 1; }
[ -x "$binary" ] || die "$binary is not built: run make bundle, or make build for a debug one"
[ -x "$tauri" ] || die "$tauri is missing: run npm --prefix ui ci"
for tool in dpkg-deb dpkg-shlibdeps strip; do
  command -v $tool >/dev/null || die "$tool is missing: run tests/setup/apt.sh build"
done
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.lock)}
export LC_ALL=C.UTF-8
umask 022

gather() { # into $tree; the bundler writes into the binary it is given, so it gets a copy
  rm -rf "$work" && mkdir -p "$work/$profile"
  # without the lines of the source (150 MB); the functions' names stay, for crash reports
  strip --strip-debug -o "$work/$profile/waxwing" "$binary"
  (cd src-tauri && CARGO_TARGET_DIR=$work "$tauri" bundle "${flags[@]}" --bundles deb --ci --no-sign \
    --no-binary-patching) >"$work/bundler.log" 2>&1 || { cat "$work/bundler.log" >&2; die "Tauri's bundler failed"; }
  tree=$work/tree
  dpkg-deb -R "$work/$profile"/bundle/deb/*.deb "$tree"
}

name_entry() {
  mv "$tree/usr/share/applications/Waxwing.desktop" "$tree/usr/share/applications/$id.desktop"
  # the bundler's own icons; tauri.conf.json brings them by the entry's name
  find "$tree/usr/share/icons" -name waxwing.png -delete
  find "$tree/usr/share/icons" -type d -empty -delete
}

add_notices() {
  local host
  host=$(rustc -vV | sed -n 's/^host: //p')
  python3 tests/setup/notices.py --texts --target "$host" >&2
  gzip -9n <"$target/notices/THIRD-PARTY-NOTICES.txt" >"$tree/usr/share/doc/waxwing/THIRD-PARTY-NOTICES.gz"
}

# What is linked is read from the program, with the versions it was built against; the rest (what is loaded at run
# time) stands in tauri.conf.json.
write_dependencies() {
  local linked listed
  mkdir -p "$work/shlibs/debian" && echo "Source: waxwing" >"$work/shlibs/debian/control"
  linked=$(cd "$work/shlibs" && dpkg-shlibdeps -O -xwaxwing -e"$tree/usr/bin/waxwing" 2>"$work/shlibs.log") ||
    { cat "$work/shlibs.log" >&2; die "the libraries of $binary are not from Debian's packages"; }
  linked=${linked#shlibs:Depends=}
  listed=$(sed -n 's/^Depends: //p' "$tree/DEBIAN/control")
  local all=$linked name
  while IFS= read -r name; do
    # the bundler's bare names of libraries say less than what is read; a version that is written down says more
    [[ ", $linked," == *", $name "* || ", $linked," == *", $name,"* ]] || all+=", $name"
  done < <(tr ',' '\n' <<<"$listed" | sed 's/^ *//' | sort -u)
  sed -i "s/^Depends: .*/Depends: $all/" "$tree/DEBIAN/control"
}

settle() {
  find "$tree" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  chmod 755 "$tree/usr/bin/waxwing"
  # policy's way to count: files in whole KiB, and one for everything else
  local size
  size=$(find "$tree" -path "$tree/DEBIAN" -prune -o -type f -printf '%s\n' -o -printf '1\n' |
    awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
  sed -i "s/^Installed-Size: .*/Installed-Size: $size/" "$tree/DEBIAN/control"
  (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

gather
name_entry
add_notices
write_dependencies
settle
control() { sed -n "s/^$1: //p" "$tree/DEBIAN/control"; }
package=$work/$(control Package)_$(control Version)_$(control Architecture).deb
dpkg-deb --root-owner-group "${pack[@]}" --build "$tree" "$package" >&2
rm -rf "$work/$profile" "$work/shlibs" # the copy and the bundler's own package
echo "$package"
