import { cpSync, existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Host } from './hosts.js'
import { announceSkip } from './installed.js'
import { lokiProgram, Stage, type AuditEntry, type StageOptions } from './stage.js'

const refusal = 'is not inside'

/** What every governed agent CLI must do. The reason to skip, where there is one, is printed. */
export function describeHost(host: Host, skip: string | undefined, more?: (open: OpenStage) => void): void {
  if (skip !== undefined) announceSkip(`${host.name} under Loki`, skip)
  if (!existsSync(lokiProgram)) throw new Error(`${lokiProgram} does not exist; build it first: pnpm build`)
  describe.skipIf(skip !== undefined)(`${host.name} under Loki`, () => {
    const stages: Stage[] = []
    afterEach(async () => {
      await Promise.all(stages.splice(0).map((stage) => stage.close()))
    })
    const open: OpenStage = async (script, options = {}) => {
      const stage = new Stage({ host, script: `${host.name}-${script}.json`, ...options })
      stages.push(stage)
      await stage.open()
      return stage
    }
    describeSessions(host, open)
    describeHooks(host, open)
    more?.(open)
  })
}

export type OpenStage = (script: string, options?: Partial<Omit<StageOptions, 'host' | 'script'>>) => Promise<Stage>

function describeSessions(host: Host, open: OpenStage): void {
  const start = ['start', 'PRD.md', '--provider', host.name, '--max-iterations', '1', '--json']

  test('in a session, what is denied does not happen, what is allowed does, the model is told why, and the log proves both', async () => {
    const stage = await open('session')
    const before = await stage.run(['git', 'status', '--porcelain', '--ignored'])
    const { code, stderr } = await stage.loki(...start)
    expect(stderr).not.toContain('could not')
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.told()).toContain(refusal)
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
    expect(decisionsOn(decided, 'allowed.txt')).toEqual(['ALLOW'])
    expect((await stage.audit('action.finished')).length).toBeGreaterThan(0)
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
    expect(code).toBe(0)
    const after = await stage.run(['git', 'status', '--porcelain', '--ignored'])
    expect(newIn(after.stdout, before.stdout)).toEqual(['?? allowed.txt'])
    expect(stage.leftovers()).toEqual([])
  })

  test('a file tool writes neither outside the project nor what governs it', async () => {
    const stage = await open('write')
    await stage.loki(...start)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.read('project/.loki/policies.yaml')).toContain('action: deny')
    expect(stage.told()).toContain('part of what governs this agent')
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'policies.yaml')).toEqual(['DENY'])
    // Gemini CLI itself refuses the one outside, before it would ask a hook.
    if (host.name !== 'gemini') expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
  })

  test('the call of a sub-agent is denied as its parent’s would be', async () => {
    const stage = await open('sub-agent', { model: 'gpt-5.1-codex' })
    await stage.loki(...start)
    expect(stage.has('outside.txt')).toBe(false)
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
    expect(decided.some(({ metadata }) => metadata.kind === 'agent')).toBe(true)
  })

  test('the call of an MCP tool is decided on and recorded, and takes effect', async () => {
    const stage = await open('mcp')
    await stage.loki(...start)
    const calls = (await stage.audit('action.decided')).filter(({ metadata }) => metadata.kind === 'mcp_tool')
    expect(calls.map(({ metadata }) => metadata.decision)).toEqual(['ALLOW'])
    expect(JSON.stringify(calls[0])).toContain('write_note')
    expect(stage.told()).toContain('mcp write_note: n')
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })

  test.runIf(existsSync('/proc/self/environ'))('a session that is stopped leaves no process behind', async () => {
    const stage = await open('hangs')
    const running = stage.loki(...start)
    await stage.until('the command of the agent', () => stage.has('project/started.txt'))
    expect(stage.leftovers().length).toBeGreaterThan(0)
    const stopped = await stage.loki('stop', '--json')
    expect(stopped.code).toBe(0)
    await running
    await stage.until('the end of every process', () => stage.leftovers().length === 0, 10_000)
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })
}

function describeHooks(host: Host, open: OpenStage): void {
  const install = ['hooks', 'install', host.name, host.scope]

  test('started by hand with installed hooks, it is governed the same', async () => {
    const stage = await open('by-hand')
    expect((await stage.loki(...install)).code).toBe(0)
    expect((await stage.loki('hooks', 'status', host.name)).code).toBe(0)
    const { code } = await stage.run(host.byHand)
    expect(code).toBe(0)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.told()).toContain(refusal)
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
    expect(decisionsOn(decided, 'allowed.txt')).toEqual(['ALLOW'])
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })

  test('a session of Loki does not decide twice where hooks are installed too', async () => {
    const stage = await open('session')
    await stage.loki(...install)
    await stage.loki('start', 'PRD.md', '--provider', host.name, '--max-iterations', '1')
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
    expect(decisionsOn(decided, 'allowed.txt')).toEqual(['ALLOW'])
  })

  test('a guard process that is killed in the middle takes nothing of the denial with it', async () => {
    const stage = await open('guard-dies')
    await stage.loki(...install)
    const running = stage.run(host.byHand)
    await stage.until('the allowed command', () => stage.has('project/allowed.txt'))
    const { pid } = JSON.parse((await stage.loki('guard', 'status', '--json')).stdout) as { pid: number } // documented
    process.kill(pid, 'SIGKILL')
    await running
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.told()).toContain(refusal)
    expect(decisionsOn(await stage.audit('action.decided'), 'outside.txt')).toEqual(['DENY'])
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })

  test('hooks whose program is gone deny everything', async () => {
    const stage = await open('by-hand')
    const copy = join(stage.root, 'loki')
    cpSync(dirname(lokiProgram), copy, { recursive: true })
    await stage.run([process.execPath, join(copy, 'main.js'), ...install])
    rmSync(copy, { recursive: true })
    await stage.run(host.byHand)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.has('project/allowed.txt')).toBe(false)
    expect(stage.told()).toContain('refused, or could not be checked')
  })
}

/** The decisions on actions that name a word, in order. */
function decisionsOn(entries: readonly AuditEntry[], word: string): readonly unknown[] {
  return entries.filter((entry) => JSON.stringify(entry).includes(word)).map(({ metadata }) => metadata.decision)
}

function newIn(after: string, before: string): readonly string[] {
  const known = new Set(before.split('\n'))
  return after.split('\n').filter((line) => !known.has(line) && !line.startsWith('!! .loki/'))
}
