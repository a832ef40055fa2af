import { ApprovalError } from './error.js'
import { SharedQueue } from './queue.js'
import type { ApprovalQueue, ApprovalsOptions } from './types.js'

const DEFAULT_MINUTES = 30

/** Opens the queue of a project, or one that refuses every question. Throws `INVALID_SETTING` for a malformed variable. */
export function openApprovals({
  dir,
  enabled,
  env = process.env,
  now = () => new Date(),
}: ApprovalsOptions): ApprovalQueue {
  const minutes = minutesOf(env.LOKI_APPROVAL_TIMEOUT)
  if (!(enabled ?? minutes !== undefined)) return OFF
  return new SharedQueue({ dir, timeoutMs: (minutes ?? DEFAULT_MINUTES) * 60_000, now })
}

/** `LOKI_APPROVAL_TIMEOUT`: minutes until a question that nobody answers is rejected. */
function minutesOf(value: string | undefined): number | undefined {
  const text = value?.trim() ?? ''
  if (text === '') return undefined
  const minutes = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && minutes >= 0.1 && minutes <= 43_200) return minutes
  throw new ApprovalError(
    'INVALID_SETTING',
    `expected LOKI_APPROVAL_TIMEOUT to be minutes from 0.1 to 43200, got ${JSON.stringify(text.slice(0, 40))}`,
  )
}

function refuse(): Promise<never> {
  const how = 'set LOKI_APPROVAL_TIMEOUT to the minutes that a question waits, or use the loki command line'
  return Promise.reject(new ApprovalError('UNKNOWN_APPROVAL', `nobody can be asked, because approvals are off; ${how}`))
}

const OFF: ApprovalQueue = Object.freeze({
  enabled: false,
  dir: undefined,
  ask: refuse,
  answer: refuse,
  take: () => Promise.resolve(undefined),
  wait: refuse,
  get: refuse,
  list: () => Promise.resolve([]),
})
