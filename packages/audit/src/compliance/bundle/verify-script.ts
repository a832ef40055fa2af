/**
 * The script that goes with a bundle: verifies it with nothing but a POSIX shell and openssl, step by step as
 * docs/formats/checkpoints.md says. It reads its own folder only and writes to a temporary one.
 */
export const VERIFY_SCRIPT: string = String.raw`#!/bin/sh
# Verifies this folder with openssl 3 and nothing else.
#
#   sh verify.sh 'loki-audit-owner+…'
#
# The argument is the public key (a vkey), which you have from the owner of the log and not from this folder.
# Without it the key in owner.vkey is used, which whoever made this folder has chosen.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
sha256() { openssl dgst -sha256 -binary "$@"; }
decode() { openssl base64 -d -A; }
encode() { openssl base64 -A; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
# Eight bytes of a file from an offset on, as a number.
number() { printf '%d' "0x$(tail -c "+$(($2 + 1))" "$1" | head -c 8 | hex)"; }
# A public key in the form that openssl reads.
key() { { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat; } > "$1"; }
holds() { openssl pkeyutl -verify -pubin -keyform DER -inkey "$1" -rawin -in "$2" -sigfile "$3" > /dev/null 2>&1; }

command -v openssl > /dev/null || fail 'openssl is not installed'
case $(openssl version) in
  'OpenSSL '[3-9]* | 'OpenSSL '[1-9][0-9]*) ;;
  *) fail "openssl 3 or later is needed, this is $(openssl version)" ;;
esac

# 1. The files are those that the bundle was made of. That shows damage on the way, not intent.
while read -r digest name; do
  [ "$(openssl dgst -sha256 -r "$here/$name" | cut -d ' ' -f 1)" = "$digest" ] || fail "$name is not what SHA256SUMS says"
done < "$here/SHA256SUMS"
echo "ok  every file is what SHA256SUMS says"

[ -d "$here/proofs" ] || fail 'there are no proofs in this bundle: the log is unsigned or does not verify, see report.html'
if [ $# -gt 0 ]; then owner=$1; else owner=$(cat "$here/owner.vkey"); fi
[ $# -gt 0 ] || echo 'NOTE  the key is that of this folder: compare it with one that you have from the owner of the log' >&2
printf %s "$owner" | cut -d + -f 3- | decode | tail -c 32 > "$work/owner"
key "$work/owner.der" < "$work/owner"
name=$(printf %s "$owner" | cut -d + -f 1)
id=$({ printf '%s\n\377loki-audit-endorsement/v1' "$name"; cat "$work/owner"; } | sha256 | head -c 4 | hex)

# 2. A checkpoint: the owner endorsed a session key, and that signed origin, size and root.
checkpoint() {
  sed '/^$/,$d' "$1" > "$work/text"
  [ "$(wc -l < "$work/text")" -eq 3 ] || fail 'a checkpoint has three lines'
  origin=$(head -n 1 "$work/text")
  size=$(sed -n 2p "$work/text")
  case $size in '' | *[!0-9]*) fail 'the size of a checkpoint is a number' ;; esac
  sed -n 3p "$work/text" | decode > "$work/root"
  # Another owner of the same name may have endorsed it too: the key's id tells.
  grep -F " $name " "$1" | cut -d ' ' -f 3 > "$work/endorsements" || true
  : > "$work/endorsement"
  while read -r line; do
    printf %s "$line" | decode > "$work/line"
    if [ "$(head -c 4 "$work/line" | hex)" = "$id" ]; then cp "$work/line" "$work/endorsement"; fi
  done < "$work/endorsements"
  [ "$(wc -c < "$work/endorsement")" -eq 148 ] || fail 'the checkpoint is not endorsed by this owner'
  begun=$(number "$work/endorsement" 4)
  since=$(number "$work/endorsement" 12)
  tail -c +21 "$work/endorsement" | head -c 32 > "$work/session"
  tail -c +85 "$work/endorsement" > "$work/endorsement.sig"
  printf 'loki-audit-endorsement/v1\n%s\n%s\n%s\n%s\n' "$origin" "$begun" "$since" "$(encode < "$work/session")" \
    > "$work/endorsement.txt"
  holds "$work/owner.der" "$work/endorsement.txt" "$work/endorsement.sig" || fail 'the endorsement is not of this owner'
  key "$work/session.der" < "$work/session"
  signed=no
  timed=no
  grep -F " $origin " "$1" | cut -d ' ' -f 3 > "$work/signatures"
  while read -r signature; do
    printf %s "$signature" | decode > "$work/line"
    tail -c 64 "$work/line" > "$work/line.sig"
    case $(wc -c < "$work/line" | tr -d ' ') in
      68)
        holds "$work/session.der" "$work/text" "$work/line.sig" || fail 'the checkpoint is not signed by the session key'
        signed=yes
        ;;
      76)
        time=$(number "$work/line" 4)
        { printf 'cosignature/v1\ntime %s\n' "$time"; cat "$work/text"; } > "$work/timed"
        holds "$work/session.der" "$work/timed" "$work/line.sig" || fail 'the time is not signed by the session key'
        [ "$time" -ge "$since" ] || fail 'the checkpoint is older than the endorsement of its key'
        timed=yes
        ;;
    esac
  done < "$work/signatures"
  [ $signed = yes ] && [ $timed = yes ] || fail 'the checkpoint has no signature or no time'
  [ "$size" -ge "$begun" ] || fail 'the checkpoint is smaller than the log was when its key was endorsed'
  cp "$1" "$work/known"
  echo "ok  the log $origin had $size entries, signed at $time seconds since 1970"
}

# 3. An entry: its hash is a leaf of the tree whose root was signed (RFC 9162, section 2.1.3.2).
entry() {
  sed '1,/^$/d' "$1" > "$work/note"
  cmp -s "$work/note" "$work/known" || checkpoint "$work/note"
  [ "$(sed -n 1p "$1")" = c2sp.org/tlog-proof@v1 ] || fail "$1 is no proof"
  index=$(sed -n 's/^index \([0-9]*\)$/\1/p' "$1" | head -n 1)
  [ -n "$index" ] && [ "$index" -lt "$size" ] || fail "$1 is of no entry of that log"
  [ "$(basename "$1")" = "$index.tlog-proof" ] || fail "$1 is the proof of entry $index"
  sed -n 's/^extra //p' "$1" | head -n 1 | decode > "$work/entry"
  { printf '\000{'; tail -c +83 "$work/entry"; } | sha256 > "$work/hash"
  [ "$(hex < "$work/hash")" = "$(head -c 80 "$work/entry" | tail -c 64)" ] ||
    fail "the hash of entry $index is not that of its content"
  grep -qxF -e "$(cat "$work/entry")" "$here/entries.jsonl" || fail "entry $index is not in entries.jsonl"
  at=$index
  last=$((size - 1))
  sed -e 1,3d -e '/^$/,$d' "$1" > "$work/path"
  while read -r sibling; do
    [ "$last" -gt 0 ] || fail "the proof of entry $index is too long"
    printf %s "$sibling" | decode > "$work/sibling"
    if [ $((at % 2)) -eq 1 ] || [ "$at" -eq "$last" ]; then
      { printf '\001'; cat "$work/sibling" "$work/hash"; } | sha256 > "$work/next"
      while [ $((at % 2)) -eq 0 ] && [ "$at" -ne 0 ]; do
        at=$((at / 2))
        last=$((last / 2))
      done
    else
      { printf '\001'; cat "$work/hash" "$work/sibling"; } | sha256 > "$work/next"
    fi
    mv "$work/next" "$work/hash"
    at=$((at / 2))
    last=$((last / 2))
  done < "$work/path"
  [ "$last" -eq 0 ] && cmp -s "$work/hash" "$work/root" || fail "entry $index is not in the log that was signed"
}

: > "$work/known"
count=0
for proof in "$here"/proofs/*.tlog-proof; do
  entry "$proof"
  count=$((count + 1))
done
total=$(wc -l < "$here/entries.jsonl" | tr -d ' ')
echo "ok  $count of $total entries shown are in the log that was signed"
[ "$count" -eq "$total" ] || echo "NOTE  $((total - count)) entries shown are not proven: README.md says why" >&2
`
