#!/bin/sh
# Lays a throwaway copy over a clean system: root.sh TOP CLEAN DOWNLOADS. Runs as the first process of mount and process
# namespaces of its own, in memory: when it ends, every mount and every process in there ends with it.
set -e
top=$1 clean=$2 downloads=$3
root=$top/root
mount -t tmpfs -o size=75%,mode=755 waxwing "$top"
mkdir "$top/upper" "$top/work" "$root"
# where the kernel has no overlays, or not over this file system, a copy does
mount -t overlay overlay -o "lowerdir=$clean,upperdir=$top/upper,workdir=$top/work" "$root" 2>/dev/null ||
  cp -a "$clean/." "$root/"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$downloads" "$root/var/cache/apt/archives"
for file in /etc/resolv.conf /etc/hosts; do
  [ ! -e "$file" ] || cp -L "$file" "$root/etc/"
done
# as a login would have it, and as long as a session lasts
uid=$(sed -n 's/^mira:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/passwd")
mkdir -p "$root/run/user/$uid"
mount -t tmpfs -o "mode=700,uid=$uid" session "$root/run/user/$uid"
echo "/run/user/$uid"
# the first process takes in the orphans, and must see them off when they end
sleep infinity &
while :; do wait; done
