import type { ForwardRecord } from '../types.js'
import { readingOf } from './reading.js'
import type { Severity } from './reading.js'

const SEVERITY: Readonly<Record<Severity, number>> = { information: 2, notice: 4, warning: 7, error: 9 }

/** ArcSight Common Event Format, version 0. */
export function renderCef({ entry }: ForwardRecord): string {
  const { severity, outcome, decision, session, command, path, url } = readingOf(entry)
  const name = decision === undefined ? entry.what : `${entry.what} ${decision}`
  const header = ['CEF:0', 'Loki', 'loki-audit', '1', inHeader(entry.what), inHeader(name), String(SEVERITY[severity])]
  const fields: readonly (readonly [key: string, value: string | undefined])[] = [
    ['rt', String(Date.parse(entry.timestamp))],
    ['externalId', entry.hash],
    ['suser', entry.who],
    ['act', decision],
    ['outcome', outcome],
    ['fname', path],
    ['request', url],
    ['sproc', command],
    ['reason', entry.why ?? undefined],
    ['msg', entry.where ?? undefined],
    ['cn1Label', 'seq'],
    ['cn1', String(entry.seq)],
    ['cs1Label', 'previousHash'],
    ['cs1', entry.previousHash],
    ['cs2Label', session === undefined ? undefined : 'session'],
    ['cs2', session],
    ['cs3Label', entry.metadata === null ? undefined : 'metadata'],
    ['cs3', entry.metadata === null ? undefined : JSON.stringify(entry.metadata)],
  ]
  const extension = fields.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${inExtension(value)}`]))
  return `${header.join('|')}|${extension.join(' ')}`
}

/** Everything that some reader of text takes for the end of a line or of the text. */
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** In the header, the format has no way to write a line break: it is shown, not made. */
function inHeader(text: string): string {
  return text.replace(/[\\|]/g, '\\$&').replace(CONTROL, shown)
}

function inExtension(text: string): string {
  return text.replace(/[\\=]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(CONTROL, shown)
}

/** An escaped backslash, so that a reader sees `\u0007`. */
function shown(character: string): string {
  return `\\\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
