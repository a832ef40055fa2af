#!/bin/sh
# Installs Debian's rsyslog with RELP and TLS for the tests of this folder, once. Needs root and apt-get; starts no service.
# With "check" it only says whether it is there.
set -eu
[ -x /usr/sbin/rsyslogd ] && [ -n "$(find /usr/lib -name imrelp.so -path '*rsyslog*' 2>/dev/null | head -n 1)" ] &&
  [ -n "$(find /usr/lib -name lmnsd_ossl.so -path '*rsyslog*' 2>/dev/null | head -n 1)" ] && exit 0
[ "${1-}" != check ] || { echo 'rsyslog is not installed; sh tests/forward/install.sh installs it' >&2; exit 3; }
command -v apt-get >/dev/null || { echo 'tests/forward: there is no apt-get to install rsyslog with' >&2; exit 3; }
[ "$(id -u)" = 0 ] || { echo 'tests/forward: rsyslog is not installed, and only root may install it' >&2; exit 3; }

export DEBIAN_FRONTEND=noninteractive
options='-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=120'
echo 'tests/forward: reading the package lists ...' >&2
# shellcheck disable=SC2086 -- each word is an option
timeout 120 apt-get $options update >&2 || { echo 'tests/forward: the package lists cannot be reached' >&2; exit 3; }
echo 'tests/forward: installing rsyslog, rsyslog-relp and rsyslog-openssl ...' >&2
# shellcheck disable=SC2086 -- as above
timeout 240 apt-get $options install -y --no-install-recommends rsyslog rsyslog-relp rsyslog-openssl >&2
echo 'tests/forward: installed' >&2
