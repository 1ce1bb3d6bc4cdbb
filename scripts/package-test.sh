#!/usr/bin/env bash
# Packages a built program and tries the package as an administrator would: in a container with its own systemd, over a
# copy-on-write view of this machine's files. Nothing of it stays.
#   scripts/package-test.sh [PROGRAM]          (target/debug/greenroom unless told)
# Wants root, and to be allowed to mount. Where that cannot be: GREENROOM_TESTS_WITHOUT_MOUNT=1 looks at the package only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${1:-target/debug/greenroom}
limit_secs=600
work=$(mktemp -d)
cgroups=()
cleanup() {
  for cgroup in ${cgroups[@]+"${cgroups[@]}"}; do
    echo $$ >"${cgroup%/*}/cgroup.procs" 2>/dev/null || true
    # Whatever of the container is left, if it was ended by force.
    mapfile -t left < <(find "$cgroup" -name cgroup.procs -exec cat {} + 2>/dev/null)
    kill -KILL "${left[@]}" 2>/dev/null || true
    for _ in {1..50}; do
      find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [[ -d $cgroup ]] || break
      sleep 0.1
    done
  done
  rm -rf "$work"
}
trap cleanup EXIT

say() { printf 'package-test: %s\n' "$*"; }

mkdir "$work/files" "$work/out"
now=$(scripts/build-deb.sh --program "$program" --quick --out "$work/files" 2>"$work/build.log") ||
  { cat "$work/build.log" >&2; exit 1; }
mv "$now" "$work/files/now.deb"
# The same with a higher version, to upgrade to.
dpkg-deb --raw-extract "$work/files/now.deb" "$work/next"
sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$work/next" "$work/files/next.deb" >/dev/null
say "built $(basename "$now"), $(du -h "$work/files/now.deb" | cut -f1) (not compressed)"

# --- Looking at it.
bash packaging/test/contents.sh "$work/files/now.deb"
if command -v lintian >/dev/null; then
  # Not compressed, to be quick.
  lintian --allow-root --fail-on error,warning --profile debian \
    --suppress-tags uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball "$work/files/now.deb"
  say "lintian has nothing to say against it"
fi

# --- Trying it.
if ((EUID != 0)) || ! unshare --mount --propagation private true 2>/dev/null; then
  if [[ -n ${GREENROOM_TESTS_WITHOUT_MOUNT-} ]]; then
    say "not installed anywhere: this place may not mount anything"
    exit 0
  fi
  echo "package-test: nothing can be mounted here, so nothing is known of how the package installs; run it as root, or set" \
    "GREENROOM_TESTS_WITHOUT_MOUNT=1 to go without" >&2
  exit 1
fi
command -v systemd-nspawn >/dev/null || { echo "package-test: please install systemd-container" >&2; exit 1; }

register=(--register=no)
if [[ ! -d /run/systemd/system ]]; then
  # Nobody here hands out control groups: take one in each tree that systemd in the container wants.
  register+=(--keep-unit)
  for tree in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
    [[ -f $tree/cgroup.procs ]] || continue
    cgroup=$tree/greenroom-package-test-$$
    mkdir "$cgroup"
    cgroups+=("$cgroup")
    echo $$ >"$cgroup/cgroup.procs"
  done
fi

install -m 755 packaging/test/installed.sh "$work/files/installed.sh"
cat >"$work/files/package-test.service" <<'UNIT'
[Unit]
Description=Tries the package
After=basic.target
SuccessAction=exit-force
FailureAction=exit-force

[Service]
Type=oneshot
ExecStart=/opt/package-test/installed.sh
StandardOutput=append:/opt/package-test-out/log
StandardError=append:/opt/package-test-out/log
UNIT
: >"$work/out/log"

# In a mount namespace of its own, whose mounts end with it.
export work limit_secs
# shellcheck disable=SC2016
unshare --mount --propagation private bash -euc '
  mkdir "$work/mnt"
  mount -t tmpfs -o size=4g tmpfs "$work/mnt"
  mkdir "$work"/mnt/{upper,work,root}
  mount -t overlay -o lowerdir=/,upperdir="$work/mnt/upper",workdir="$work/mnt/work" overlay "$work/mnt/root"
  root=$work/mnt/root
  # Some images forbid services to start; and nothing here waits for a network that there is not.
  rm -f "$root/usr/sbin/policy-rc.d"
  install -m 644 "$work/files/package-test.service" "$root/etc/systemd/system/package-test.service"
  for unit in systemd-networkd-wait-online.service NetworkManager-wait-online.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  exec timeout -k 20 "$limit_secs" systemd-nspawn --quiet --directory="$root" --machine="greenroom-package-test-$$" \
    --bind-ro="$work/files:/opt/package-test" --bind="$work/out:/opt/package-test-out" \
    --private-network --resolv-conf=off --timezone=off --link-journal=no --console=pipe "$@" \
    --boot systemd.unit=package-test.service systemd.show_status=no
' package-test "${register[@]}" </dev/null >"$work/console.log" 2>&1 &
container=$!
tail --pid=$container -n +1 -s 0.2 -f "$work/out/log" || true
status=0
wait $container || status=$?
if ((status != 0)); then
  tail -n 40 "$work/console.log" >&2
  say "FAILED (exit code $status)" >&2
  exit 1
fi
grep -q '^all steps passed$' "$work/out/log"
say "installed, used, upgraded, removed and purged"
