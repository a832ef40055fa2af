import { hostname } from 'node:os'
import { columnsOf } from '../../fields/columns.js'
import type { AuditEntry } from '../../types.js'
import type { ForwardRecord } from '../types.js'
import { readingOf } from './reading.js'
import type { Reading, Severity } from './reading.js'

const VERSION = '1.8.0'
const SEVERITY: Readonly<Record<Severity, number>> = { information: 1, notice: 2, warning: 3, error: 4 }
const STATUS = { unknown: 0, success: 1, failure: 2 } as const
const OTHER = 99

/** A class of OCSF with what it asks for beyond the base event. */
interface EventClass {
  readonly uid: number
  readonly activity: number
  readonly fields: object
}

/** Open Cybersecurity Schema Framework. The chain goes under `unmapped`: released versions have no place for it. */
export function renderOcsf({ entry, line }: ForwardRecord): string {
  const reading = readingOf(entry)
  const { uid, activity, fields } = classOf(entry, reading)
  const { durationMs, columns } = columnsOf(entry)
  return JSON.stringify({
    activity_id: activity,
    ...(activity === OTHER ? { activity_name: entry.what } : {}),
    category_uid: Math.floor(uid / 1000),
    class_uid: uid,
    type_uid: uid * 100 + activity,
    time: Date.parse(entry.timestamp),
    severity_id: SEVERITY[reading.severity],
    status_id: STATUS[reading.outcome],
    ...(durationMs === undefined ? {} : { duration: Math.round(durationMs) }),
    message: [entry.what, reading.decision, entry.where]
      .filter((part) => part !== undefined && part !== null)
      .join(' '),
    metadata: {
      version: VERSION,
      product: { name: 'Loki', vendor_name: 'Loki' },
      uid: entry.hash,
      sequence: entry.seq,
      event_code: entry.what,
      log_name: 'audit.jsonl',
      ...(reading.session === undefined ? {} : { correlation_uid: reading.session }),
    },
    actor: { user: { name: entry.who } },
    device: { hostname: hostname(), type_id: 0 },
    ...fields,
    raw_data: line,
    unmapped: {
      reason: entry.why ?? undefined,
      ...(Object.values(columns).every((value) => value === undefined) ? {} : { agent: columns }),
      attestation_list: [
        { algorithm_id: 3, serialization_id: 2, fingerprint: entry.hash, previous: entry.previousHash },
      ],
    },
  })
}

function classOf(entry: AuditEntry, reading: Reading): EventClass {
  const { what } = entry
  if (reading.decision !== undefined) return verdict(entry, reading, reading.decision)
  if (what.startsWith('gate.')) return verdict(entry, reading, what)
  if (what.startsWith('session.')) return session(entry, reading)
  if (what.startsWith('log.')) return { uid: 1008, activity: OTHER, fields: { log_name: 'audit.jsonl' } }
  const file = { path: reading.path ?? entry.where ?? '', name: nameOf(reading.path ?? entry.where ?? ''), type_id: 1 }
  switch (reading.kind) {
    case 'command':
    case 'git': {
      const process = { cmd_line: reading.command ?? entry.where ?? '', name: reading.tool ?? 'shell' }
      return { uid: 1007, activity: 1, fields: { process, exit_code: reading.exitCode } }
    }
    case 'file_read':
      return { uid: 1001, activity: 2, fields: { file } }
    case 'file_write':
      return { uid: 1001, activity: 3, fields: { file } }
    default:
      return apiActivity(entry, reading)
  }
}

/** A verdict of the guard or of a gate: a compliance finding. */
function verdict({ hash, what, why, timestamp }: AuditEntry, reading: Reading, title: string): EventClass {
  const rule = reading.rule ?? what
  return {
    uid: 2003,
    activity: 1,
    fields: {
      finding_info: { uid: hash, title, desc: why ?? undefined, created_time: Date.parse(timestamp) },
      compliance: {
        control: rule,
        status_id: reading.outcome === 'success' ? 1 : reading.outcome === 'failure' ? 3 : 2,
        status: reading.decision ?? title,
      },
    },
  }
}

function session({ what }: AuditEntry, { provider }: Reading): EventClass {
  const activity =
    what === 'session.started' ? 3 : what === 'session.stopped' || what === 'session.finished' ? 4 : OTHER
  return { uid: 6002, activity, fields: { app: { name: provider ?? 'agent', vendor_name: 'Loki' } } }
}

function apiActivity(entry: AuditEntry, { tool, kind, url, model, provider }: Reading): EventClass {
  const ai = model === undefined && provider === undefined ? {} : { ai_operation: { model, provider } }
  return {
    uid: 6003,
    activity: OTHER,
    fields: {
      api: { operation: tool ?? entry.what, service: { name: kind ?? 'loki' } },
      src_endpoint: { hostname: hostname() },
      ...(url === undefined ? {} : { http_request: { url: { url_string: url } } }),
      ...ai,
    },
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
