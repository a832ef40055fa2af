#!/bin/sh
# Installs the pinned agent CLIs of this folder, once. Safe to call again and at the same time: the second waits for the first.
set -eu
cd "$(dirname "$0")"
mark=node_modules/.installed-from
installed() { cmp -s package-lock.json "$mark"; }
installed && exit 0

lock=.installing
# A lock older than any installation may take was left by one that was killed.
find "$lock" -maxdepth 0 -mmin +15 -exec rmdir {} \; 2>/dev/null || true
waited=0
until mkdir "$lock" 2>/dev/null; do
  [ "$waited" -lt 600 ] || { echo "tests/agents: another installation has not ended for 600 s; remove tests/agents/$lock" >&2; exit 1; }
  sleep 1
  waited=$((waited + 1))
done
trap 'rmdir "$lock"' EXIT
trap 'exit 1' HUP INT TERM
installed && exit 0

echo 'tests/agents: installing Codex, Gemini CLI, Copilot CLI and opencode for the tests (about 870 MB, once) ...' >&2
npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 --fetch-timeout=60000 >&2
cp package-lock.json "$mark"
echo 'tests/agents: installed' >&2
