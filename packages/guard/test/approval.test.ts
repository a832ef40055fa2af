import { join } from 'node:path'
import { openApprovals } from '@loki/approvals'
import type { ApprovalQueue } from '@loki/approvals'
import { afterEach, describe, expect, it } from 'vitest'
import { openGuard } from '../src/index.js'
import type { Action, Guard } from '../src/index.js'
import { command, makeProject } from './project.js'
import type { Project } from './project.js'

const ASKING = `pack: "off"
policies:
  pre_execution:
    - { name: ask-publish, command: npm publish, action: require_approval, severity: high }
`

describe('what needs a person’s approval', () => {
  let project: Project
  let queue: ApprovalQueue
  afterEach(() => project.remove())

  const guarded = (approvalHoldMs = 0): Guard => {
    project = makeProject({ policies: ASKING })
    queue = openApprovals({ dir: join(project.dir, '.loki', 'approvals'), enabled: true, env: {} })
    return openGuard({
      projectDir: project.dir,
      env: project.env,
      audit: project.audit,
      approvals: queue,
      approvalHoldMs,
      enabled: true,
    })
  }
  const publish = (more: Partial<Action> = {}): Action => command(project, 'npm publish', more)
  const approve = (id: string): Promise<unknown> => queue.answer(id, { outcome: 'approved', by: 'cli:alice' })

  it('is refused with the approval that was asked, until it is granted, and passes once', async () => {
    const guard = guarded()
    const refused = await guard.check(publish())
    expect(refused).toMatchObject({ decision: 'REQUIRE_APPROVAL', rule: 'ask-publish' })
    const id = refused.approval?.id ?? ''
    expect(refused.suggest).toContain(`loki approvals approve ${id}`)
    expect(await queue.get(id)).toMatchObject({
      summary: 'npm publish',
      severity: 'high',
      requestedBy: 'agent:claude/ses-1',
      details: expect.stringMatching(/branch: work\ncommand: npm publish/) as string,
    })
    expect((await guard.check(publish())).approval?.id).toBe(id)
    await approve(id)
    expect(await guard.check(publish())).toMatchObject({ decision: 'ALLOW', approval: { id, by: 'cli:alice' } })
    expect(await guard.check(publish())).toMatchObject({ decision: 'REQUIRE_APPROVAL' })
    const entries = await project.entries()
    expect(entries[2]?.metadata).toMatchObject({ decision: 'ALLOW', approval: id, approved_by: 'cli:alice' })
  })

  it.each<[string, (project: Project) => Partial<Action>]>([
    ['another command', () => ({ command: 'npm publish --tag next' })],
    ['another folder', ({ root }) => ({ cwd: root })],
    ['another branch', () => ({ branch: 'main' })],
    ['another session', () => ({ session: 'ses-2' })],
    ['another tool', () => ({ tool: 'run_shell_command', host: 'gemini' })],
    ['other content', () => ({ content: 'x' })],
  ])('is not let through by an approval of something else: %s', async (_, more) => {
    const guard = guarded()
    await approve((await guard.check(publish())).approval?.id ?? '')
    expect((await guard.check(publish(more(project)))).decision).toBe('REQUIRE_APPROVAL')
    expect((await guard.check(publish())).decision).toBe('ALLOW')
  })

  it('is denied with the comment once it was rejected, however often it is tried', async () => {
    const guard = guarded()
    const { approval } = await guard.check(publish())
    await queue.answer(approval?.id ?? '', { outcome: 'rejected', by: 'cli:bob', comment: 'not on a Friday' })
    for (let at = 0; at < 3; at += 1) {
      expect(await guard.check(publish())).toMatchObject({
        decision: 'DENY',
        reason: 'rejected by cli:bob: not on a Friday',
      })
    }
    expect(await queue.list()).toHaveLength(1)
  })

  it('can be held until somebody answers', async () => {
    const guard = guarded(20_000)
    let held = 0
    const verdict = guard.check(publish(), {
      onHold: () => {
        held += 1
        if (held > 1) return
        void queue.list('pending').then(([asked]) => approve(asked?.id ?? ''))
      },
    })
    expect(await verdict).toMatchObject({ decision: 'ALLOW' })
    expect(held).toBeGreaterThan(0)
  })

  it('is refused where the queue cannot be used', async () => {
    project = makeProject({ policies: ASKING })
    queue = openApprovals({ dir: '/dev/null/approvals', enabled: true, env: {} })
    const guard = openGuard({ projectDir: project.dir, env: project.env, approvals: queue, enabled: true })
    expect(await guard.check(publish())).toMatchObject({ decision: 'DENY', rule: 'guard_error' })
  })
})
