#!/usr/bin/env bash
# Runs the test suite on other lines of Node: pnpm test:matrix [-- options of vitest]
#
#   LOKI_TEST_NODES="22 24"   which lines, separated by spaces
#
# The programs come from the npm packages `node-<platform>-<arch>` and are kept in node_modules/.cache/node.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly lines="${LOKI_TEST_NODES:-22 24}"
readonly cache="$PWD/node_modules/.cache/node"
readonly get_limit=300 # seconds for one download
readonly run_limit=1800 # seconds for one run of the suite

fail() {
  printf 'test:matrix: %s\n' "$1" >&2
  exit 1
}

# The name in the registry; Windows has another for its system.
platform="$(node -p '`${process.platform === "win32" ? "win" : process.platform}-${process.arch}`')"
readonly platform

# Bounded where the system can bound; macOS has no timeout(1).
bounded() {
  local seconds="$1"
  shift
  if command -v timeout >/dev/null; then timeout --kill-after=10 "$seconds" "$@"; else "$@"; fi
}

# Prints the folder of the program of one line of Node, fetching it at first.
folder_of() {
  local line="$1" dir="$cache/$1" bin
  bin="$dir/node_modules/node-$platform/bin"
  if [[ ! -x "$bin/node" && ! -x "$bin/node.exe" ]]; then
    mkdir -p "$dir"
    printf '{"private":true}\n' >"$dir/package.json"
    printf 'Getting Node %s for %s\n' "$line" "$platform" >&2
    bounded "$get_limit" npm install --prefix "$dir" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
      "node-$platform@$line" >&2 || return 1
  fi
  printf '%s\n' "$bin"
}

[[ "$lines" =~ ^[0-9]+(\ [0-9]+)*$ ]] || fail "LOKI_TEST_NODES must be numbers such as \"22 24\", got \"$lines\""
[[ -f packages/events/dist/index.js ]] || fail 'nothing is built; run pnpm build first'
[[ "${1:-}" == -- ]] && shift

failed=()
for line in $lines; do
  bin="$(folder_of "$line")" || fail "could not get node-$platform@$line; is the registry reachable?"
  version="$(PATH="$bin:$PATH" node --version)"
  [[ "$version" == "v$line."* ]] || fail "$bin holds $version, expected $line; remove $cache and try again"
  printf '\n== Node %s\n' "$version"
  # First on PATH, so that children named `node` are the same program.
  PATH="$bin:$PATH" bounded "$run_limit" node node_modules/vitest/vitest.mjs run --config vitest.workspace.ts "$@" ||
    failed+=("$version (exit $?)")
done

[[ ${#failed[@]} -eq 0 ]] || fail "failed on ${failed[*]}"
printf '\nGreen on every line of Node: %s\n' "$lines"
