#!/usr/bin/env bash
# Packages a built program for Debian and its kin; prints the path of the package.
#   scripts/build-deb.sh [--program FILE] [--out DIR] [--version VERSION] [--quick]
# --program: target/release/greenroom unless told; --out: target/deb; --version: the program's own; --quick: no compression.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=target/release/greenroom out=target/deb version='' compression=xz
while (($#)); do
  case $1 in
    --program) program=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --version) version=$2; shift 2 ;;
    --quick) compression=none; shift ;;
    *) echo "build-deb: what is $1? See the head of this script" >&2; exit 2 ;;
  esac
done
[[ -x $program ]] || { echo "build-deb: no program at $program: build it first" >&2; exit 1; }
for tool in dpkg-deb dpkg-shlibdeps strip; do
  command -v $tool >/dev/null || { echo "build-deb: please install dpkg-dev and binutils" >&2; exit 1; }
done
if [[ -z $version ]]; then
  version=$("$program" --version)
  version=${version#greenroom }
fi
# Whoever passes packages on to others should be in there.
maintainer=${GREENROOM_DEB_MAINTAINER:-The Greenroom authors <greenroom@example.org>}
architecture=$(dpkg --print-architecture)
# The same input gives the same package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
doc=$root/usr/share/doc/greenroom
put() { install -D -m "${3:-644}" "$1" "$root/$2"; }

put "$program" usr/bin/greenroom 755
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/greenroom"
put packaging/certbot-deploy-hook usr/lib/greenroom/certbot-deploy-hook 755
put packaging/greenroom.service usr/lib/systemd/system/greenroom.service
put packaging/deb/copyright usr/share/doc/greenroom/copyright
for page in README.md docs/*.md docs/moving/*.md; do put "$page" "usr/share/doc/greenroom/$page"; done
for example in packaging/examples/* packaging/grafana/* packaging/prometheus/*; do
  [[ -f $example ]] && put "$example" "usr/share/doc/greenroom/examples/$(basename "$example")"
done
put CHANGELOG.md usr/share/doc/greenroom/CHANGELOG.md
gzip -9n >"$doc/changelog.gz" <<CHANGELOG
greenroom ($version) unstable; urgency=medium

  * What changed is in CHANGELOG.md beside this file.

 -- $maintainer  $(LC_ALL=C date -uRd "@$SOURCE_DATE_EPOCH")
CHANGELOG
cargo tree --locked --quiet -p greenroom-server -e normal --prefix none --format '{p} ({l})' |
  sed 's/ ([^()]*\/[^()]*) (/ (/; s/ (proc-macro)//; /^greenroom/d' | sort -u >"$doc/libraries.txt"

# The example, with data where a service keeps them.
put packaging/greenroom.toml etc/greenroom/greenroom.toml
sed -i 's|^#data = .*|data = "/var/lib/greenroom"|' "$root/etc/greenroom/greenroom.toml"
grep -q '^data = "/var/lib/greenroom"$' "$root/etc/greenroom/greenroom.toml"

"$program" man --out "$root/usr/share/man/man1"
gzip -9n "$root"/usr/share/man/man1/*.1
mkdir -p "$root"/usr/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}
"$program" completions bash >"$root/usr/share/bash-completion/completions/greenroom"
"$program" completions zsh >"$root/usr/share/zsh/vendor-completions/_greenroom"
"$program" completions fish >"$root/usr/share/fish/vendor_completions.d/greenroom.fish"

# The libraries it is linked to, as the packages that hold them.
mkdir -p "$work/debian" "$root/DEBIAN"
echo 'Source: greenroom' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "root/usr/bin/greenroom" 2>/dev/null)
libraries=${libraries#shlibs:Depends=}
size=$(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f1)
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@INSTALLED_SIZE@/$size/" \
  -e "s/@LIBRARIES@/$libraries/; s/@MAINTAINER@/$maintainer/" packaging/deb/control.in >"$root/DEBIAN/control"
install -m 644 packaging/deb/conffiles "$root/DEBIAN/conffiles"
install -m 755 packaging/deb/{postinst,prerm,postrm} "$root/DEBIAN/"
(cd "$root" && find etc usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
# Whatever the umask of whoever builds.
find "$root" -type d -exec chmod 755 {} +

mkdir -p "$out"
package=$out/greenroom_${version}_${architecture}.deb
dpkg-deb --root-owner-group -Z"$compression" --build "$root" "$package" >&2
echo "$package"
