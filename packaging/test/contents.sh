#!/usr/bin/env bash
# What is in a package, and whose: contents.sh PACKAGE
set -euo pipefail

package=$1
listing=$(dpkg-deb --contents "$package")
control=$(dpkg-deb --field "$package")
fail() { echo "contents: $*" >&2; exit 1; }

has() { # MODE PATH
  grep -Eq "^$1 root/root +[0-9]+ [^ ]+ [^ ]+ \./$2\$" <<<"$listing" || fail "no $1 $2 in the package: $listing"
}
has -rwxr-xr-x usr/bin/greenroom
has -rw-r--r-- etc/greenroom/greenroom.toml
has -rw-r--r-- usr/lib/systemd/system/greenroom.service
has -rw-r--r-- usr/share/doc/greenroom/copyright
has -rw-r--r-- usr/share/doc/greenroom/libraries.txt
has -rw-r--r-- usr/share/doc/greenroom/changelog.gz
has -rw-r--r-- usr/share/doc/greenroom/docs/operating.md
has -rwxr-xr-x usr/lib/greenroom/certbot-deploy-hook
has -rw-r--r-- usr/share/man/man1/greenroom.1.gz
has -rw-r--r-- usr/share/man/man1/greenroom-serve.1.gz
has -rw-r--r-- usr/share/bash-completion/completions/greenroom
has -rw-r--r-- usr/share/zsh/vendor-completions/_greenroom
has -rw-r--r-- usr/share/fish/vendor_completions.d/greenroom.fish
[[ $(dpkg-deb --info "$package" conffiles) == /etc/greenroom/greenroom.toml ]] || fail "conffiles"
for script in postinst prerm postrm; do
  dpkg-deb --info "$package" "$script" | sh -n || fail "$script is no shell script"
done
grep -q '^Depends: .*libc6 (>= ' <<<"$control" || fail "no libraries in: $control"

# Every file is somebody's to change or nobody's: no other owners, nothing that others can write.
others=$(grep -Ev '^[-dl][r-][w-][xs-][r-]-[x-][r-]-[x-] root/root |^lrwxrwxrwx root/root ' <<<"$listing" || true)
[[ -z $others ]] || fail "odd owners or modes: $others"

# Each page is one that man can show.
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
dpkg-deb --extract "$package" "$pages"
if command -v mandoc >/dev/null; then
  for page in "$pages"/usr/share/man/man1/*.gz; do
    zcat "$page" >"$pages/page"
    said=$(mandoc -T lint -W error "$pages/page" 2>&1) || fail "$(basename "$page"): $said"
  done
fi
for library in tokio rustls axum; do
  grep -q "^$library v.*(.*)$" "$pages/usr/share/doc/greenroom/libraries.txt" || fail "$library is not in libraries.txt"
done
"$pages/usr/bin/greenroom" config check --config "$pages/etc/greenroom/greenroom.toml" >/dev/null
echo "contents: complete"
