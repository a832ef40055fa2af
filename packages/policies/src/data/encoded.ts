import type { Match } from './finding.js'
import { findSecrets } from './secrets/engine.js'

// Shorter runs hold no secret that would be known again.
const MIN_RUN = 24
const HEX = /^(?:[0-9a-f]{2})+$|^(?:[0-9A-F]{2})+$/
// From the first escape on: two at least, and what may stand between them.
const ESCAPES = /(?:%[0-9A-Fa-f]{2}[\w.~+!*'-]{0,200}){2,100}/y
const MAX_LEAD = 200
const SAMPLE = 48

/**
 * Secrets behind one level of base64, hexadecimal or percent encoding. The finding covers the whole encoded run; its
 * fingerprint is that of the secret within. Runs that decode to bytes rather than text are passed over.
 */
export function findEncoded(text: string): readonly Match[] {
  const matches: Match[] = []
  eachRun(text, (start, end) => {
    const decoded = decode(text.slice(start, end))
    if (decoded !== undefined) add(matches, decoded, { start, end: text[end] === '=' ? end + 1 : end })
  })
  eachEscaped(text, (start, end) => {
    add(matches, percentDecoded(text.slice(start, end)), { start, end })
  })
  return matches
}

function add(matches: Match[], decoded: string, place: { start: number; end: number }): void {
  for (const { kind, category, start, end, vague } of findSecrets(decoded))
    matches.push({
      kind,
      category,
      ...place,
      value: decoded.slice(start, end),
      ...(vague === undefined ? {} : { vague }),
    })
}

// The characters of base64 in both its alphabets, hexadecimal among them.
const IN_RUN = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** Tells each run that is long enough. Looks at the far end first, so that most of an ordinary text is leapt over. */
function eachRun(text: string, visit: (start: number, end: number) => void): void {
  for (let start = 0; start + MIN_RUN <= text.length;) {
    let back = start + MIN_RUN - 1
    while (back >= start && IN_RUN[text.charCodeAt(back)] === 1) back -= 1
    if (back >= start) {
      start = back + 1
      continue
    }
    let end = start + MIN_RUN
    while (end < text.length && IN_RUN[text.charCodeAt(end)] === 1) end += 1
    visit(start, end)
    start = end + 1
  }
}

/** Tells each run with percent escapes, with what stands before the first of them. */
function eachEscaped(text: string, visit: (start: number, end: number) => void): void {
  let past = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', Math.max(at + 1, past))) {
    ESCAPES.lastIndex = at
    const found = ESCAPES.exec(text)
    if (found === null) continue
    let start = at
    while (start > past && at - start < MAX_LEAD && /[\w.~+!*'-]/.test(text.charAt(start - 1))) start -= 1
    past = at + found[0].length
    visit(start, past)
  }
}

function decode(run: string): string | undefined {
  const encoding = HEX.test(run.slice(0, SAMPLE)) && HEX.test(run) ? 'hex' : 'base64'
  // The start tells whether it is text at all, so that names, paths and pictures cost nothing.
  if (!isText(Buffer.from(run.slice(0, SAMPLE), encoding).toString('latin1'))) return undefined
  return Buffer.from(run, encoding).toString('latin1')
}

function isText(decoded: string): boolean {
  return decoded.length >= 12 && /^[\t\n\r\x20-\x7e]*$/.test(decoded)
}

/** Like `decodeURIComponent`, but takes what is not UTF-8 too. */
function percentDecoded(run: string): string {
  return run.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}
