import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ApprovalError } from './error.js'
import { namesIn, readObject } from './files.js'
import type { Approval, Decision } from './types.js'

/** What `request.json` holds. */
export interface Request {
  readonly version: 1
  readonly id: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly onTimeout: 'rejected' | 'approved'
  readonly selfApproval: boolean
  readonly subject: string
  readonly session: string
  readonly requestedBy: string
  readonly summary: string
  readonly reason: string
  readonly needed: number
  readonly details?: string
  readonly rule?: string
  readonly suggest?: string
  readonly severity?: string
  readonly costMicros?: number
  readonly roles?: readonly string[]
}

const TEXTS = ['id', 'createdAt', 'expiresAt', 'subject', 'session', 'requestedBy', 'summary', 'reason']
const ID = /^apr-[0-9a-f]{32}$/

/** The folder of a question; its name is checked before it becomes part of a path. */
export function folderOf(dir: string, id: string): string {
  if (ID.test(id)) return join(dir, id)
  throw new ApprovalError(
    'UNKNOWN_APPROVAL',
    `expected an approval such as apr-0123…, got ${JSON.stringify(id.slice(0, 80))}`,
  )
}

/** The question in a folder; undefined where there is none, or not yet. */
export function readRequest(folder: string): Request | undefined {
  const fields = readObject(join(folder, 'request.json'))
  if (fields === undefined) return undefined
  const whole = TEXTS.every((name) => typeof fields[name] === 'string') && Number.isSafeInteger(fields.needed)
  if (fields.version === 1 && whole) return fields as unknown as Request // every field that decides anything was checked
  throw new ApprovalError(
    'QUEUE_FAILED',
    `expected a question of version 1 in ${folder}; remove the folder to be rid of it`,
  )
}

export function readDecision(folder: string): Decision | undefined {
  const fields = readObject(join(folder, 'decision.json'))
  if (fields === undefined) return undefined
  const { outcome, by, at, scope } = fields
  const known =
    ['approved', 'rejected', 'expired'].includes(String(outcome)) && ['once', 'session'].includes(String(scope))
  if (known && typeof by === 'string' && typeof at === 'string') return fields as unknown as Decision // checked
  throw new ApprovalError(
    'QUEUE_FAILED',
    `expected a decision in ${folder}; remove the folder to be rid of the question`,
  )
}

/** Who has approved, each once: a file is named after whom it is of. */
export function votesIn(folder: string): readonly string[] {
  return namesIn(join(folder, 'votes'))
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const by = readObject(join(folder, 'votes', name))?.by
      return typeof by === 'string' ? [by] : []
    })
    .sort()
}

export function voteName(by: string): string {
  return `${createHash('sha256').update(by).digest('hex').slice(0, 32)}.json`
}

/** A question with all that became of it. */
export function approvalIn(folder: string, request: Request): Approval {
  const decision = readDecision(folder)
  const used = readObject(join(folder, 'used.json'))?.at
  const { id, createdAt, expiresAt, subject, session, requestedBy, summary, reason, needed } = request
  const { details, rule, suggest, severity, costMicros, roles } = request
  return {
    id,
    createdAt,
    expiresAt,
    subject,
    session,
    requestedBy,
    summary,
    reason,
    needed,
    status: decision?.outcome ?? 'pending',
    approvedBy: votesIn(folder),
    ...(details === undefined ? {} : { details }),
    ...(rule === undefined ? {} : { rule }),
    ...(suggest === undefined ? {} : { suggest }),
    ...(severity === undefined ? {} : { severity }),
    ...(costMicros === undefined ? {} : { costMicros }),
    ...(roles === undefined ? {} : { roles }),
    ...(decision === undefined ? {} : { decision }),
    ...(typeof used === 'string' ? { usedAt: used } : {}),
  }
}
