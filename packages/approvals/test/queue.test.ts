import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openApprovals } from '../src/index.js'
import type { ApprovalQueue, Question } from '../src/index.js'

const run = promisify(execFile)

if (!existsSync(join(import.meta.dirname, '../dist/index.js'))) {
  throw new Error('packages/approvals is not built; run: pnpm --filter @loki/approvals build')
}

let dir: string
let now: Date
let queue: ApprovalQueue
beforeEach(() => {
  dir = join(realpathSync(mkdtempSync(join(tmpdir(), 'loki-approvals-'))), 'approvals')
  now = new Date('2026-11-21T12:00:00Z')
  queue = openApprovals({ dir, enabled: true, env: {}, now: () => now })
})
afterEach(() => {
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

const QUESTION: Question = {
  subject: 'sha256:a',
  session: 'ses-1',
  requestedBy: 'agent:claude/ses-1',
  summary: 'npm publish',
  reason: 'publishing a package cannot be taken back',
  rule: 'loki_pack.publish.package',
}

describe('a queue that is off', () => {
  it('refuses every question and says how to turn it on', async () => {
    const off = openApprovals({ dir, env: {} })
    expect(off.enabled).toBe(false)
    await expect(off.ask(QUESTION)).rejects.toThrow(/LOKI_APPROVAL_TIMEOUT/)
    expect(await off.take('sha256:a', 'ses-1')).toBeUndefined()
    expect(existsSync(dir)).toBe(false)
  })

  it.each(['soon', '0', '-5', '1e9'])('LOKI_APPROVAL_TIMEOUT=%s refuses to start', (value) => {
    expect(() => openApprovals({ dir, env: { LOKI_APPROVAL_TIMEOUT: value } })).toThrow(/LOKI_APPROVAL_TIMEOUT/)
  })

  it('is on with a time that questions wait', () => {
    expect(openApprovals({ dir, env: { LOKI_APPROVAL_TIMEOUT: '5' } }).enabled).toBe(true)
  })
})

describe('a question', () => {
  it.each([
    ['without a subject', { subject: '' }],
    ['for nobody', { needed: 0 }],
    ['that has no time', { timeoutMs: 0 }],
  ])('%s is refused', async (_, more) => {
    await expect(queue.ask({ ...QUESTION, ...more })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('is not answered by whoever asked, unless that is allowed', async () => {
    const { id } = await queue.ask(QUESTION)
    const own = { outcome: 'approved', by: QUESTION.requestedBy } as const
    await expect(queue.answer(id, own)).rejects.toMatchObject({ code: 'SELF_APPROVAL' })
    const other = await queue.ask({ ...QUESTION, subject: 'sha256:b', selfApproval: true })
    expect(await queue.answer(other.id, own)).toMatchObject({ status: 'approved' })
  })

  it('is answered only by who has the role', async () => {
    const { id } = await queue.ask({ ...QUESTION, roles: ['security', 'admin'] })
    const answer = { outcome: 'approved', by: 'cli:alice' } as const
    await expect(queue.answer(id, answer)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(queue.answer(id, { ...answer, roles: ['viewer'] })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await queue.answer(id, { ...answer, roles: ['admin'] })).toMatchObject({ status: 'approved' })
  })

  it('that two have to approve is not approved by one, however often', async () => {
    const { id } = await queue.ask({ ...QUESTION, needed: 2 })
    const by = (name: string) => queue.answer(id, { outcome: 'approved', by: name })
    expect(await by('cli:alice')).toMatchObject({ status: 'pending', approvedBy: ['cli:alice'] })
    expect(await by('cli:alice')).toMatchObject({ status: 'pending' })
    expect(await queue.take(QUESTION.subject, QUESTION.session)).toBeUndefined()
    expect(await by('cli:bob')).toMatchObject({ status: 'approved', approvedBy: ['cli:alice', 'cli:bob'] })
  })

  it('is rejected by one, and the comment is kept', async () => {
    const { id } = await queue.ask({ ...QUESTION, needed: 2 })
    await queue.answer(id, { outcome: 'approved', by: 'cli:alice' })
    const rejected = await queue.answer(id, { outcome: 'rejected', by: 'cli:bob', comment: 'not before the release' })
    expect(rejected).toMatchObject({
      status: 'rejected',
      decision: { by: 'cli:bob', comment: 'not before the release' },
    })
    await expect(queue.answer(id, { outcome: 'approved', by: 'cli:carol' })).rejects.toMatchObject({
      code: 'ALREADY_DECIDED',
    })
  })

  it('that nobody answers in time is rejected, or approved only where it says so', async () => {
    const { id } = await queue.ask({ ...QUESTION, timeoutMs: 60_000 })
    const lenient = await queue.ask({ ...QUESTION, subject: 'sha256:b', timeoutMs: 60_000, onTimeout: 'approved' })
    now = new Date(now.getTime() + 60_000)
    await expect(queue.answer(id, { outcome: 'approved', by: 'cli:alice' })).rejects.toMatchObject({
      code: 'ALREADY_DECIDED',
    })
    expect(await queue.get(id)).toMatchObject({ status: 'expired', decision: { by: 'timeout' } })
    expect(await queue.get(lenient.id)).toMatchObject({ status: 'approved', decision: { by: 'timeout' } })
    expect(await queue.take('sha256:a', 'ses-1')).toBeUndefined()
  })

  it('that waits already is not asked again', async () => {
    const first = await queue.ask(QUESTION)
    expect((await queue.ask({ ...QUESTION, summary: 'again' })).id).toBe(first.id)
    expect((await queue.ask({ ...QUESTION, session: 'ses-2' })).id).not.toBe(first.id)
    await queue.answer(first.id, { outcome: 'rejected', by: 'cli:alice' })
    expect((await queue.ask(QUESTION)).id).not.toBe(first.id)
  })

  it('is one of this project, by a name that leads nowhere else', async () => {
    for (const id of ['../../etc', 'apr-', `apr-${'0'.repeat(32)}`, '']) {
      await expect(queue.get(id)).rejects.toMatchObject({ code: 'UNKNOWN_APPROVAL' })
    }
  })

  it('that was tampered with or torn is an error, never an approval', async () => {
    const { id } = await queue.ask(QUESTION)
    writeFileSync(join(dir, id, 'decision.json'), '{"outcome":"appro')
    await expect(queue.take(QUESTION.subject, QUESTION.session)).rejects.toMatchObject({ code: 'QUEUE_FAILED' })
  })

  it('is kept to its user, and what a killed asker left is no question', async () => {
    await queue.ask(QUESTION)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    const [name = ''] = readdirSync(dir)
    expect(statSync(join(dir, name, 'request.json')).mode & 0o777).toBe(0o600)
    rmSync(join(dir, name, 'request.json'))
    expect(await queue.list()).toEqual([])
  })
})

describe('an approval', () => {
  it('lets exactly its subject through, once, and never another', async () => {
    const { id } = await queue.ask(QUESTION)
    await queue.answer(id, { outcome: 'approved', by: 'cli:alice' })
    for (let at = 0; at < 300; at += 1) {
      const subject = `sha256:${Math.abs(Math.sin(at) * 1e9).toString(36)}`
      expect(await queue.take(subject, 'ses-1')).toBeUndefined()
    }
    expect(await queue.take('sha256:a', 'ses-2')).toBeUndefined()
    const taken = await Promise.all(Array.from({ length: 20 }, () => queue.take('sha256:a', 'ses-1')))
    expect(taken.filter((one) => one !== undefined).map((one) => one.id)).toEqual([id])
    expect(await queue.take('sha256:a', 'ses-1')).toBeUndefined()
    expect(await queue.get(id)).toMatchObject({ usedAt: now.toISOString() })
  })

  it('for the session holds again and again, until its end', async () => {
    const { id } = await queue.ask(QUESTION)
    const until = new Date(now.getTime() + 3_600_000)
    await queue.answer(id, { outcome: 'approved', by: 'cli:alice', scope: 'session', until })
    expect(await queue.take('sha256:a', 'ses-1')).toMatchObject({ id })
    expect(await queue.take('sha256:a', 'ses-1')).toMatchObject({ id })
    now = until
    expect(await queue.take('sha256:a', 'ses-1')).toBeUndefined()
  })

  it('ends a wait; a signal ends it too', async () => {
    const { id } = await queue.ask(QUESTION)
    expect(await queue.wait(id, { signal: AbortSignal.timeout(30), pollMs: 5 })).toMatchObject({ status: 'pending' })
    const waiting = queue.wait(id, { pollMs: 5 })
    await queue.answer(id, { outcome: 'approved', by: 'cli:alice' })
    expect(await waiting).toMatchObject({ status: 'approved' })
  })

  it('has one winner where four processes answer a thousand times at once', async () => {
    const real = openApprovals({ dir, enabled: true, env: {} })
    const { id } = await real.ask(QUESTION)
    const program = join(import.meta.dirname, 'programs/answer.mjs')
    const all = await Promise.all(
      ['a', 'b', 'c', 'd'].map((who) => run(process.execPath, [program, dir, id, who, '250'])),
    )
    expect(all.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(1)
    expect((await real.get(id)).decision?.by).toMatch(/^[abcd]-\d+$/)
  })
})
