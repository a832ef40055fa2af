import type { Format, ForwardRecord } from '../types.js'
import { renderCef } from './cef.js'
import { renderEcs } from './ecs.js'
import { renderOcsf } from './ocsf.js'

/** Writes a record in a format. Whatever stands in its fields, the result is one line and one record. */
export function render(record: ForwardRecord, format: Format): string {
  switch (format) {
    case 'json':
      return record.line
    case 'cef':
      return renderCef(record)
    case 'ecs':
      return renderEcs(record)
    case 'ocsf':
      return renderOcsf(record)
  }
}
