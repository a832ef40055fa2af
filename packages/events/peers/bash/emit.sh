#!/usr/bin/env bash
# Emits one event: emit.sh TYPE SOURCE [PAYLOAD]
#
# PAYLOAD is a JSON object, {} by default, without space around it; Linux lets an argument have 131,071 bytes. Prints the id. The folder is LOKI_EVENTS_DIR, else
# .loki/events below the working folder. Ends with 2 where the call is wrong, with 1 where the event was not written.
#
# Takes no lock, waits for nobody and starts one process (mv). The format is in docs/formats/events.md. Whether PAYLOAD
# is whole JSON is not checked here: what is not is set aside by the reader, with its reason.
set -u
LC_ALL=C
TZ=UTC0

fail() {
  printf 'emit.sh: %s\n' "$2" >&2
  exit "$1"
}

if ((BASH_VERSINFO[0] < 5 || (BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] < 1))); then
  fail 1 "bash 5.1 or newer is needed, this is $BASH_VERSION"
fi
(($# == 2 || $# == 3)) || fail 2 'usage: emit.sh TYPE SOURCE [PAYLOAD]'
type=$1
source=$2
payload=${3:-'{}'}
case $type in
  state | memory | task | metric | error | session | command | user) ;;
  *) fail 2 'unknown type; use one of state, memory, task, metric, error, session, command, user' ;;
esac
case $source in
  cli | api | vscode | mcp | skill | hook | dashboard | memory | runner) ;;
  *) fail 2 'unknown source; use one of cli, api, vscode, mcp, skill, hook, dashboard, memory, runner' ;;
esac
# In the C locale a length is in bytes.
((${#payload} <= 262144)) || fail 2 "payload is ${#payload} bytes; at most 262144 fit"
# Only its ends are looked at: patterns over the whole of it take Bash seconds.
[[ ${payload:0:1} == '{' && ${payload: -1} == '}' ]] || fail 2 'payload must be a JSON object, without space around it'

dir=${LOKI_EVENTS_DIR:-.loki/events}
# A folder that begins with a dash is no option.
[[ $dir == /* ]] || dir=./$dir
umask 077
if [[ ! -d $dir/tmp || ! -d $dir/pending ]]; then
  mkdir -p "$dir/tmp" "$dir/pending" || fail 1 "cannot make $dir"
fi

# Each process is an emitter of its own that counts to one.
printf -v instance '%08x%08x' "$SRANDOM" "$SRANDOM"
id=$instance-000000000001
now=$EPOCHREALTIME
printf -v seconds '%(%Y-%m-%dT%H:%M:%S)T' "${now%[.,]*}"
micros=${now#*[.,]}
timestamp=$seconds.${micros:0:3}Z
tmp=$dir/tmp/event-$id
printf '{"id":"%s","type":"%s","source":"%s","timestamp":"%s","payload":%s,"version":"1.0"}\n' \
  "$id" "$type" "$source" "$timestamp" "$payload" 2>/dev/null >"$tmp" || {
  rm -f "$tmp"
  fail 1 "cannot write $tmp"
}
mv "$tmp" "$dir/pending/${timestamp//:/-}_$id.json" || {
  rm -f "$tmp"
  fail 1 "cannot move the event into $dir/pending"
}
printf '%s\n' "$id"
