import { isIP } from 'node:net'
import { AuditError } from '../error.js'
import type { AuditEntry, AuditInput, JsonObject } from '../types.js'
import type { ControlPlaneEntry, ControlPlaneInput, ControlPlaneResult } from './types.js'

const RESULTS: readonly string[] = ['success', 'failure', 'denied'] satisfies readonly ControlPlaneResult[]

/** What is recorded for it: the documented fields keep their meaning, and get the names of every other entry. */
export function inputOf({ user, action, resource, details, ip, result }: ControlPlaneInput): AuditInput {
  if (!RESULTS.includes(result)) {
    throw new AuditError('INVALID_INPUT', `expected result to be ${RESULTS.join(', ')}, got ${JSON.stringify(result)}`)
  }
  if (ip !== undefined && ip !== null && isIP(ip) === 0) {
    throw new AuditError('INVALID_INPUT', `expected ip to be an address, got ${JSON.stringify(ip.slice(0, 60))}`)
  }
  if (details !== undefined && details !== null && !isObject(details)) {
    throw new AuditError('INVALID_INPUT', 'expected details to be an object or null')
  }
  return { who: user, what: action, where: resource, metadata: { details: details ?? null, ip: ip ?? null, result } }
}

/** An entry of the log in the documented words. */
export function controlPlaneEntryOf({
  seq,
  timestamp,
  who,
  what,
  where,
  metadata,
  hash,
}: AuditEntry): ControlPlaneEntry {
  const result = metadata?.result
  const known = typeof result === 'string' && RESULTS.includes(result)
  const details = known ? metadata?.details : metadata
  const ip = metadata?.ip
  return {
    timestamp,
    action: what,
    user: who,
    resource: where,
    details: isObject(details) ? details : null,
    ip: known && typeof ip === 'string' ? ip : null,
    result: known ? (result as ControlPlaneResult) : null, // one of RESULTS
    seq,
    hash,
  }
}

/** A line of the readable file: the documented fields, then the same under the names that loki-mode’s dashboard gave them. */
export function mirrorLine(entry: ControlPlaneEntry): string {
  const { user, resource, details, ip, result } = entry
  const border = resource?.indexOf(':') ?? -1
  return escaped({
    ...entry,
    resource_type: border > 0 ? resource?.slice(0, border) : resource,
    resource_id: border > 0 ? resource?.slice(border + 1) : null,
    user_id: user,
    token_id: user.startsWith('token:') ? user.slice('token:'.length) : null,
    ip_address: ip,
    user_agent: textOf(details?.user_agent),
    success: result === null ? null : result === 'success',
    error: textOf(details?.error),
  })
}

// What a terminal would act on, or shows in another order than it stands there (Unicode TR 36).
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

function escaped(value: object): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
