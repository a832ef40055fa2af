import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApprovalError } from './error.js'
import { createOnce, makeFolder, namesIn } from './files.js'
import { approvalIn, folderOf, readDecision, readRequest, voteName, votesIn } from './record.js'
import type { Request } from './record.js'
import type { Answer, Approval, ApprovalQueue, ApprovalStatus, Decision, Question } from './types.js'

const MAX_PENDING = 1_000
const MAX_TEXT = 16_384
const MAX_TIMEOUT = 30 * 24 * 3_600_000
const POLL_MS = 500

interface QueueParts {
  readonly dir: string
  readonly timeoutMs: number
  readonly now: () => Date
}

/**
 * A queue that many processes share without a lock: a folder for each question, in it files that are made once and never
 * changed. Whoever makes `decision.json` has decided; everybody else finds it there.
 */
export class SharedQueue implements ApprovalQueue {
  readonly enabled = true
  readonly dir: string
  readonly #timeoutMs: number
  readonly #now: () => Date

  constructor({ dir, timeoutMs, now }: QueueParts) {
    this.dir = dir
    this.#timeoutMs = timeoutMs
    this.#now = now
  }

  async ask(question: Question): Promise<Approval> {
    const { needed = 1, timeoutMs = this.#timeoutMs } = question
    checkQuestion(question, needed, timeoutMs)
    const pending = await this.list('pending')
    const waiting = pending.find(({ subject, session }) => subject === question.subject && session === question.session)
    if (waiting !== undefined) return waiting
    if (pending.length >= MAX_PENDING) {
      throw new ApprovalError(
        'QUEUE_FULL',
        `expected fewer than ${MAX_PENDING} questions that wait; answer some with: loki approvals`,
      )
    }
    const id = `apr-${randomBytes(16).toString('hex')}`
    const now = this.#now()
    const { subject, session, requestedBy, summary, reason, details, rule, suggest, severity, costMicros, roles } =
      question
    const request: Request = {
      version: 1,
      id,
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + timeoutMs).toISOString(),
      onTimeout: question.onTimeout ?? 'rejected',
      selfApproval: question.selfApproval ?? false,
      subject,
      session,
      requestedBy,
      summary: cut(summary),
      reason: cut(reason),
      needed,
      ...(details === undefined ? {} : { details: cut(details) }),
      ...(rule === undefined ? {} : { rule }),
      ...(suggest === undefined ? {} : { suggest: cut(suggest) }),
      ...(severity === undefined ? {} : { severity }),
      ...(costMicros === undefined ? {} : { costMicros }),
      ...(roles === undefined ? {} : { roles }),
    }
    const folder = folderOf(this.dir, id)
    makeFolder(join(folder, 'votes'))
    createOnce(join(folder, 'request.json'), folder, request)
    return approvalIn(folder, request)
  }

  async answer(id: string, answer: Answer): Promise<Approval> {
    const { folder, request } = await this.#open(id)
    const before = readDecision(folder)
    if (before !== undefined) throw alreadyDecided(id, before)
    checkAnswer(answer, request)
    const { outcome, by, comment, scope = 'once', until } = answer
    const at = this.#now().toISOString()
    if (outcome === 'approved') {
      createOnce(join(folder, 'votes', voteName(by)), join(folder, 'votes'), { by, at })
      if (votesIn(folder).length < request.needed) return approvalIn(folder, request)
    }
    const decision: Decision = {
      outcome,
      by,
      at,
      scope,
      ...(until === undefined ? {} : { until: until.toISOString() }),
      ...(comment === undefined ? {} : { comment: cut(comment) }),
    }
    if (!createOnce(join(folder, 'decision.json'), folder, decision)) {
      const first = readDecision(folder)
      if (first !== undefined) throw alreadyDecided(id, first)
    }
    return approvalIn(folder, request)
  }

  async take(subject: string, session: string): Promise<Approval | undefined> {
    const approved = await this.list('approved')
    const now = this.#now().toISOString()
    for (const approval of approved) {
      if (approval.subject !== subject || approval.session !== session) continue
      const { id, decision } = approval
      if (decision?.scope === 'session') {
        if (decision.until === undefined || decision.until > now) return approval
        continue
      }
      const folder = folderOf(this.dir, id)
      if (approval.usedAt === undefined && createOnce(join(folder, 'used.json'), folder, { at: now })) return approval
    }
    return undefined
  }

  async wait(
    id: string,
    { signal, pollMs = POLL_MS }: { readonly signal?: AbortSignal; readonly pollMs?: number } = {},
  ): Promise<Approval> {
    for (;;) {
      const approval = await this.get(id)
      if (approval.status !== 'pending' || signal?.aborted === true) return approval
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    }
  }

  async get(id: string): Promise<Approval> {
    const { folder, request } = await this.#open(id)
    return approvalIn(folder, request)
  }

  list(status?: ApprovalStatus): Promise<readonly Approval[]> {
    const all = namesIn(this.dir)
      .filter((name) => name.startsWith('apr-'))
      .flatMap((id) => {
        const folder = folderOf(this.dir, id)
        const request = readRequest(folder)
        if (request === undefined) return [] // it is being asked at this moment, or whoever asked was killed
        this.#expire(folder, request)
        return [approvalIn(folder, request)]
      })
      .filter((approval) => status === undefined || approval.status === status)
    return Promise.resolve(all.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)))
  }

  #open(id: string): Promise<{ readonly folder: string; readonly request: Request }> {
    const folder = folderOf(this.dir, id)
    const request = readRequest(folder)
    if (request === undefined)
      throw new ApprovalError('UNKNOWN_APPROVAL', `expected an approval of this project, got ${id}`)
    this.#expire(folder, request)
    return Promise.resolve({ folder, request })
  }

  /** Whoever looks first after the time is up puts that down: from then on no answer is too late by a little. */
  #expire(folder: string, { expiresAt, onTimeout }: Request): void {
    const now = this.#now().toISOString()
    if (now < expiresAt || readDecision(folder) !== undefined) return
    const outcome = onTimeout === 'approved' ? 'approved' : 'expired'
    const decision: Decision = { outcome, by: 'timeout', at: now, scope: 'once' }
    createOnce(join(folder, 'decision.json'), folder, decision)
  }
}

function checkQuestion(question: Question, needed: number, timeoutMs: number): void {
  for (const name of ['subject', 'session', 'requestedBy', 'summary', 'reason'] as const) {
    if (question[name] === '')
      throw new ApprovalError('INVALID_INPUT', `expected ${name} to be a text that is not empty`)
  }
  if (!Number.isInteger(needed) || needed < 1 || needed > 20) {
    throw new ApprovalError('INVALID_INPUT', `expected needed to be from 1 to 20, got ${needed}`)
  }
  if (!(timeoutMs >= 1_000 && timeoutMs <= MAX_TIMEOUT)) {
    throw new ApprovalError('INVALID_INPUT', `expected timeoutMs to be from a second to 30 days, got ${timeoutMs}`)
  }
}

function checkAnswer({ by, roles = [], outcome }: Answer, request: Request): void {
  if (by === '') throw new ApprovalError('INVALID_INPUT', 'expected whoever answers to have a name')
  if (outcome === 'approved' && by === request.requestedBy && !request.selfApproval) {
    throw new ApprovalError('SELF_APPROVAL', `${by} asked this; somebody else has to answer`)
  }
  const wanted = request.roles
  if (wanted === undefined || wanted.some((role) => roles.includes(role))) return
  throw new ApprovalError('NOT_ALLOWED', `expected an answer of somebody who is ${wanted.join(' or ')}, got ${by}`)
}

function alreadyDecided(id: string, { outcome, by, at }: Decision): ApprovalError {
  return new ApprovalError('ALREADY_DECIDED', `${id} was ${outcome} by ${by} at ${at}`)
}

function cut(text: string): string {
  const whole = text.toWellFormed()
  return whole.length <= MAX_TEXT ? whole : `${whole.slice(0, MAX_TEXT).toWellFormed()}…`
}
