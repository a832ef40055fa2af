import { hostname } from 'node:os'
import { fit } from '../record.js'
import { readingOf } from '../render/reading.js'
import type { Severity } from '../render/reading.js'
import { render } from '../render/render.js'
import type { ForwardRecord, SyslogTarget } from '../types.js'

/** Facility 13 of RFC 5424 section 6.2.1 is "log audit". */
const FACILITY = 13 * 8
const SEVERITY: Readonly<Record<Severity, number>> = { error: 3, warning: 4, notice: 5, information: 6 }
/** RFC 5424 section 6.4: a UTF-8 message is marked as one; plain ASCII needs no mark, and few readers expect it. */
const BOM = '\ufeff'
const NOT_ASCII = /[^\0-\x7f]/

export interface SyslogMessage {
  readonly bytes: Buffer
  readonly cut: boolean
}

/** Writes a record as one message of RFC 5424. */
export function messageOf(record: ForwardRecord, target: SyslogTarget): SyslogMessage {
  const { text, cut } = fit(record, target.maxBytes, (fitting) => {
    const body = render(fitting, target.format)
    return `${headerOf(fitting)} ${NOT_ASCII.test(body) ? BOM : ''}${body}`
  })
  return { bytes: Buffer.from(text), cut }
}

function headerOf({ entry }: ForwardRecord): string {
  const priority = FACILITY + SEVERITY[readingOf(entry).severity]
  const host = word(hostname(), 255)
  const element = `[audit@32473 seq="${entry.seq}" hash="${parameter(entry.hash)}" who="${parameter(entry.who)}"]`
  return `<${priority}>1 ${entry.timestamp} ${host} loki-audit - ${word(entry.what, 32)} ${element}`
}

/** PRINTUSASCII of a limited length, or the nil value. */
function word(text: string, most: number): string {
  const printable = text.replace(/[^\x21-\x7e]+/g, '_').slice(0, most)
  return printable === '' ? '-' : printable
}

/** RFC 5424 section 6.3.3: three characters are escaped; line breaks are allowed there, but readers stumble over them. */
function parameter(text: string): string {
  return (
    text
      .replace(/["\\\]]/g, '\\$&')
      // eslint-disable-next-line no-control-regex -- control characters are what this looks for
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ')
  )
}
