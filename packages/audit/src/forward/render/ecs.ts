import type { AuditEntry } from '../../types.js'
import { columnsOf } from '../../fields/columns.js'
import type { ForwardRecord } from '../types.js'
import { readingOf } from './reading.js'
import type { Reading } from './reading.js'

/**
 * Elastic Common Schema. Metadata goes in as one text and as the few fields that are known: keys of an agent's choosing
 * would each become a field of the index, until it takes no more.
 */
export function renderEcs({ entry, line }: ForwardRecord): string {
  const reading = readingOf(entry)
  const { durationMs, columns } = columnsOf(entry)
  const { decision, session, tool, command, path, url, rule, exitCode } = reading
  return JSON.stringify({
    '@timestamp': entry.timestamp,
    ecs: { version: '8.17.0' },
    message: [entry.what, decision, entry.where].filter((part) => part !== undefined && part !== null).join(' '),
    event: {
      kind: 'event',
      module: 'loki',
      dataset: 'loki.audit',
      ...classOf(entry, reading),
      action: entry.what,
      outcome: reading.outcome,
      id: entry.hash,
      sequence: entry.seq,
      hash: entry.hash,
      original: line,
      ...(entry.why === null ? {} : { reason: entry.why }),
      ...(durationMs === undefined ? {} : { duration: Math.round(durationMs * 1e6) }), // nanoseconds
    },
    user: { name: entry.who },
    ...(rule === undefined ? {} : { rule: { name: rule } }),
    ...(path === undefined ? {} : { file: { path } }),
    ...(url === undefined ? {} : { url: { original: url } }),
    ...(command === undefined && exitCode === undefined
      ? {}
      : { process: { command_line: command, exit_code: exitCode } }),
    loki: {
      previous_hash: entry.previousHash,
      where: entry.where ?? undefined,
      decision,
      session,
      tool,
      ...columns,
      metadata: entry.metadata === null ? undefined : JSON.stringify(entry.metadata),
    },
  })
}

function classOf({ what }: AuditEntry, { decision, kind }: Reading): { category: string[]; type: string[] } {
  const allowed = decision === undefined ? [] : [decision === 'ALLOW' ? 'allowed' : 'denied']
  if (what.startsWith('session.')) {
    return {
      category: ['session'],
      type: [what === 'session.started' ? 'start' : /stop|finish/.test(what) ? 'end' : 'info'],
    }
  }
  switch (kind) {
    case 'command':
      return { category: ['process'], type: ['start', ...allowed] }
    case 'file_read':
      return { category: ['file'], type: ['access', ...allowed] }
    case 'file_write':
      return { category: ['file'], type: ['change', ...allowed] }
    case 'network':
      return { category: ['network'], type: ['connection', ...allowed] }
    case 'mcp_tool':
    case 'model_call':
      return { category: ['api'], type: ['access', ...allowed] }
    default:
      return { category: ['configuration'], type: ['info', ...allowed] }
  }
}
