#!/usr/bin/env bash
# Runs inside the container of scripts/package-test.sh: installs, uses, upgrades, removes and purges the package.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8

packages=/opt/package-test
config=/etc/greenroom/greenroom.toml
base=http://127.0.0.1:8080

step() { printf -- '- %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*"
  systemctl --no-pager --full status greenroom.service || true
  journalctl --no-pager -n 40 -u greenroom.service || true
  exit 1
}
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR

install_package() { apt-get install -y -q --no-install-recommends "$packages/$1.deb" 2>&1; }
as_server() { runuser -u greenroom -- "$@"; }
property() { systemctl show -P "$1" greenroom.service; }
# Waits up to 60 s for a condition: eventually COMMAND...
eventually() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  fail "this did not come about: $*"
}
is() { [[ $(property "$1") == "$2" ]]; }
is_not() { [[ $(property "$1") != "$2" ]]; }
api() { # METHOD PATH [BODY]
  curl -sS --fail-with-body --max-time 20 -X "$1" "$base$2" -H "Authorization: Bearer $key" \
    -H 'Content-Type: application/json' ${3+-d "$3"}
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)["data"][sys.argv[1]])' "$1"; }

step "the unit is one that systemd takes, and closes what it need not have open"
dpkg --purge greenroom >/dev/null 2>&1 || true
install_package now >/tmp/install.log || fail "$(cat /tmp/install.log)"
said=$(systemd-analyze verify /usr/lib/systemd/system/greenroom.service 2>&1 | grep -i greenroom || true)
[[ -z $said ]] || fail "$said"
systemd-analyze security --no-pager --threshold=20 greenroom.service >/tmp/security.log || fail "$(cat /tmp/security.log)"
tail -n 1 /tmp/security.log

step "it runs as soon as it is installed, and after the next boot"
is ActiveState active || fail "not active: $(cat /tmp/install.log)"
[[ $(systemctl is-enabled greenroom) == enabled ]]
is StatusText "Serving, no calls" || fail "$(property StatusText)"
[[ $(curl -sS $base/healthz) == '{"status":"ok"}' ]]
[[ $(curl -sS $base/readyz) == '{"status":"ready"}' ]]
[[ $(as_server greenroom healthcheck --config $config) == ready ]]

step "a room and its token, by REST, with a key made on the command line"
key=$(as_server greenroom api-key create --label test --config $config 2>/dev/null | sed -n 's/^key *//p')
room=$(api POST /v2/rooms '{"unique_name": "packaged"}' | field id)
token=$(api POST "/v2/rooms/$room/actions/generate_join_client_token" | field token)
[[ $token == eyJ*.*.* ]]
journalctl -u greenroom -o cat --since today | grep '"target":"audit"' | grep -q '"action":"token.issue"'

step "it is a user of its own, who may do little"
pid=$(property MainPID)
status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"; }
[[ $(stat -c %U "/proc/$pid") == greenroom ]]
[[ $(status NoNewPrivs) == 1 && $(status Seccomp) == 2 ]]
[[ $(status CapBnd) == 0000000000000400 && $(status CapEff) == 0000000000000400 ]] || fail "$(status CapBnd) $(status CapEff)"
nsenter -t "$pid" -m -- setpriv --reuid greenroom --regid greenroom --clear-groups \
  sh -c '! touch /etc/x && ! touch /usr/x && ! touch /tmp/../root/x && touch /var/lib/greenroom/x && rm /var/lib/greenroom/x' 2>/dev/null
[[ $(stat -c '%a %U:%G' /var/lib/greenroom) == '700 greenroom:greenroom' ]]
[[ $(stat -c '%a %U' /var/lib/greenroom/greenroom.db /var/lib/greenroom/keys/ring.json | sort -u) == '600 greenroom' ]]

step "it has the limits that the unit grants, and its media threads a higher priority"
is LimitNOFILE 65536
is LimitNICE 30
# Some places let nobody raise a limit (CAP_SYS_RESOURCE); there is nothing to be seen then.
if ((0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status) >> 24 & 1)); then
  grep -Eq '^Max open files +65536 +65536 ' "/proc/$pid/limits"
  ps -L -o ni= -p "$pid" | grep -q -- -10 || fail "$(ps -L -o comm,ni -p "$pid")"
fi

step "root is told whose the data directory is, and leaves nothing in it"
said=$(greenroom signing-key rotate --config $config 2>&1) && fail "root may write there: $said"
[[ $said == *"belongs to another user"*"sudo -u '#$(id -u greenroom)'"* ]] || fail "$said"
[[ -z $(find /var/lib/greenroom ! -user greenroom) ]]

step "TLS on port 443, with certificates as certbot hands them over, read again when they change"
certificate() { # NAME
  mkdir -p "/tmp/live/$1"
  openssl req -x509 -newkey ed25519 -nodes -days 2 -subj "/CN=$1" -addext subjectAltName=DNS:video.example.com \
    -keyout "/tmp/live/$1/privkey.pem" -out "/tmp/live/$1/fullchain.pem" 2>/dev/null
}
served() {
  openssl s_client -connect 127.0.0.1:443 -servername video.example.com </dev/null 2>/dev/null |
    openssl x509 -noout -subject | grep -q "CN = $1"
}
certificate first
certificate second
RENEWED_LINEAGE=/tmp/live/first /usr/lib/greenroom/certbot-deploy-hook
sed -i 's|^#tls_|tls_|' $config
systemctl restart greenroom
served first
[[ $(curl -sS --cacert /tmp/live/first/fullchain.pem --connect-to ::127.0.0.1:443 https://video.example.com/readyz) == '{"status":"ready"}' ]]
RENEWED_LINEAGE=/tmp/live/second /usr/lib/greenroom/certbot-deploy-hook
[[ $(stat -c '%a %U:%G' /etc/greenroom/tls/privkey.pem) == '640 root:greenroom' ]]
eventually served second

step "TLS with keys that are handed over as credentials"
mkdir -p /etc/systemd/system/greenroom.service.d
cat >/etc/systemd/system/greenroom.service.d/test.conf <<'UNIT'
[Service]
LoadCredential=fullchain.pem:/tmp/live/first/fullchain.pem
LoadCredential=privkey.pem:/tmp/live/first/privkey.pem
Environment=GREENROOM_TLS_CERT=%d/fullchain.pem GREENROOM_TLS_KEY=%d/privkey.pem
UNIT
systemctl daemon-reload
systemctl restart greenroom
served first
rm -r /etc/systemd/system/greenroom.service.d
systemctl daemon-reload
systemctl restart greenroom
served second

step "a configuration that cannot be used is said, and not tried again and again"
cp $config /tmp/good.toml
echo 'nonsense = 1' >>$config
systemctl restart greenroom && fail "it started with nonsense"
is ExecMainStatus 2
is NRestarts 0
cp /tmp/good.toml $config
systemctl reset-failed greenroom
systemctl start greenroom
[[ $(api GET "/v2/rooms/$room" | field unique_name) == packaged ]]

step "an upgrade with such a configuration leaves the old version running"
pid=$(property MainPID)
echo 'nonsense = 1' >>$config
install_package next >/tmp/install.log || fail "$(cat /tmp/install.log)"
grep -q "not started, since $config cannot be used" /tmp/install.log || fail "$(cat /tmp/install.log)"
is MainPID "$pid" || fail "it was touched"
curl -sS --fail $base/readyz >/dev/null

step "an upgrade puts the new version in place of the old one, and keeps the configuration"
cp /tmp/good.toml $config
install_package now --allow-downgrades >/dev/null || dpkg -i $packages/now.deb >/dev/null
is_not MainPID "$pid" || fail "the old version still runs"
pid=$(property MainPID)
install_package next >/tmp/install.log || fail "$(cat /tmp/install.log)"
is_not MainPID "$pid" || fail "the old version still runs"
[[ $(dpkg-query -W -f '${Version}' greenroom) == *+next ]]
cmp -s /tmp/good.toml $config
[[ $(api GET "/v2/rooms/$room" | field unique_name) == packaged ]]

step "what is killed comes back"
pid=$(property MainPID)
kill -KILL "$pid"
eventually is_not MainPID "$pid"
eventually is ActiveState active
eventually curl -sS --fail $base/readyz
[[ $(api GET "/v2/rooms/$room" | field unique_name) == packaged ]]

step "what hangs is found out by the watchdog, and comes back"
mkdir -p /etc/systemd/system/greenroom.service.d
printf '[Service]\nWatchdogSec=3\nTimeoutAbortSec=2\n' >/etc/systemd/system/greenroom.service.d/test.conf
systemctl daemon-reload
systemctl restart greenroom
pid=$(property MainPID)
kill -STOP "$pid"
eventually is_not MainPID "$pid"
eventually is ActiveState active
eventually curl -sS --fail $base/readyz
rm -r /etc/systemd/system/greenroom.service.d
systemctl daemon-reload

step "a stop is a graceful one"
systemctl stop greenroom
is Result success
is ExecMainStatus 0
systemctl start greenroom

step "removed: the program is gone, what people made is there, and serves again"
apt-get remove -y -q greenroom >/dev/null 2>&1
curl -sS --max-time 5 $base/healthz >/dev/null 2>&1 && fail "it still answers"
[[ ! -e /usr/bin/greenroom && ! -e /usr/lib/systemd/system/greenroom.service ]]
[[ -f /var/lib/greenroom/greenroom.db && -f $config ]]
install_package now >/tmp/install.log || fail "$(cat /tmp/install.log)"
is ActiveState active
[[ $(api GET "/v2/rooms/$room" | field unique_name) == packaged ]]

step "purged: nothing is left but the user and the certificates that the package did not bring"
apt-get purge -y -q greenroom >/dev/null 2>&1
curl -sS --max-time 5 $base/healthz >/dev/null 2>&1 && fail "it still answers"
[[ ! -e /var/lib/greenroom && ! -e $config ]]
[[ $(find /etc/greenroom -type f | sort | xargs) == '/etc/greenroom/tls/fullchain.pem /etc/greenroom/tls/privkey.pem' ]]
left=$(find /etc/systemd /usr/lib/systemd /var/lib/systemd /usr/share -name '*greenroom*' 2>/dev/null || true)
[[ -z $left ]] || fail "left behind: $left"
rm -r /etc/greenroom

trap - ERR
echo "all steps passed"
