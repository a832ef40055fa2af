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
    if (host.provider) describeSessions(host, open)
    else describeCalls(host, open)
    describeHooks(host, open)
    describeData(host, open)
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

  test('a session of Loki does not decide twice where hooks are installed too', async () => {
    const stage = await open('session')
    await stage.loki('hooks', 'install', host.name, host.scope)
    await stage.loki('start', 'PRD.md', '--provider', host.name, '--max-iterations', '1')
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
    expect(decisionsOn(decided, 'allowed.txt')).toEqual(['ALLOW'])
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
    const { code } = await stage.run(host.byHand('go'))
    expect(code).toBe(0)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.told()).toContain(refusal)
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
    expect(decisionsOn(decided, 'allowed.txt')).toEqual(['ALLOW'])
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })

  test('a guard process that is killed in the middle takes nothing of the denial with it', async () => {
    const stage = await open('guard-dies')
    await stage.loki(...install)
    const running = stage.run(host.byHand('go'))
    await stage.until('the allowed command', () => stage.has('project/allowed.txt'))
    const { pid } = JSON.parse((await stage.loki('guard', 'status', '--json')).stdout) as { pid: number } // documented
    process.kill(pid, 'SIGKILL')
    await running
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.told()).toContain(refusal)
    expect(decisionsOn(await stage.audit('action.decided'), 'outside.txt')).toEqual(['DENY'])
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })

  test('hooks whose program is gone let nothing through: no prompt is sent', async () => {
    const stage = await open('by-hand')
    const copy = await installFromCopy(stage, install)
    rmSync(copy, { recursive: true })
    await stage.run(host.byHand('go'))
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.has('project/allowed.txt')).toBe(false)
    expect(stage.told()).toBe('')
  })

  test('hooks whose program goes away in the middle deny the next call', async () => {
    const stage = await open('guard-dies')
    const copy = await installFromCopy(stage, install)
    const running = stage.run(host.byHand('go'))
    await stage.until('the allowed command', () => stage.has('project/allowed.txt'))
    await stage.until('the record of its end', async () => (await stage.audit('action.finished')).length > 0)
    rmSync(copy, { recursive: true })
    await running
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.told()).toContain(host.refusedBlindly)
  })
}

/** Installs hooks that name a copy of the program, and gives its folder. */
async function installFromCopy(stage: Stage, install: readonly string[]): Promise<string> {
  const copy = join(stage.root, 'loki')
  cpSync(dirname(lokiProgram), copy, { recursive: true })
  await stage.run([process.execPath, join(copy, 'main.js'), ...install])
  return copy
}

/** What sessions prove of the others: calls of sub-agents and of MCP tools. */
function describeCalls(host: Host, open: OpenStage): void {
  const install = ['hooks', 'install', host.name, host.scope]

  test('the call of a sub-agent is denied as its parent’s would be', async () => {
    const stage = await open('sub-agent-by-hand')
    await stage.loki(...install)
    await stage.run(host.byHand('go'))
    expect(stage.has('outside.txt')).toBe(false)
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'outside.txt')).toEqual(['DENY'])
    expect(decided.map(({ metadata }) => metadata.kind)).toEqual(['agent', 'command'])
    const [parent, child] = decided.map(({ metadata }) => metadata)
    expect(child?.session).toBe(parent?.session)
    expect([parent?.agent, child?.agent]).toEqual(['main', expect.not.stringMatching(/^main$/)])
  })

  test('a file tool writes neither outside the project nor what governs it', async () => {
    const stage = await open('write-by-hand')
    await stage.loki(...install)
    await stage.run(host.byHand('go'))
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.has('project/.loki/policies.yml')).toBe(false)
    expect(stage.read('project/.loki/policies.yaml')).toContain('action: deny')
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.told()).toContain('part of what governs this agent')
    const decided = await stage.audit('action.decided')
    expect(decisionsOn(decided, 'policies.y')).toEqual(['DENY'])
    expect(decisionsOn(decided, 'allowed.txt')).toEqual(['ALLOW'])
  })

  test('the call of an MCP tool is decided on and recorded by its server, and takes effect', async () => {
    const stage = await open('mcp-by-hand')
    await stage.loki(...install)
    await stage.run(host.byHand('go'))
    const calls = (await stage.audit('action.decided')).filter(({ metadata }) => metadata.kind === 'mcp_tool')
    expect(calls.map(({ metadata }) => [metadata.decision, metadata.server])).toEqual([['ALLOW', 'gov']])
    expect(stage.told()).toContain('mcp write_note: n')
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })
}

function describeData(host: Host, open: OpenStage): void {
  const install = ['hooks', 'install', host.name, host.scope]
  const token = ['ghp', 'Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2'].join('_')
  const revealed = 'Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe9Dc8'

  test('a secret in what a command or an MCP tool says does not reach the model, and the rest does', async () => {
    const stage = await open('output')
    stage.write('project/notes.txt', () => `first line\ntoken ${token}\nlast line\n`)
    await stage.loki(...install)
    await stage.run(host.byHand('go'))
    const told = stage.told()
    expect(told).toContain('first line')
    expect(told).toContain('last line')
    expect(told).toMatch(/token \[github[a-z_]*:[0-9a-f]{12}\]/)
    expect(told).toMatch(/mcp reveal: \[github[a-z_]*:[0-9a-f]{12}\]/)
    expect(stage.sent()).not.toContain(token)
    expect(stage.sent()).not.toContain(revealed)
    const redacted = await stage.audit('output.redacted')
    expect(redacted.map(({ metadata }) => [metadata.kind, metadata.findings_count])).toEqual([
      ['command', 1],
      ['mcp_tool', 1],
    ])
    expect(JSON.stringify(redacted)).not.toContain(token)
    expect(await stage.verify()).toEqual({ code: 0, valid: true })
  })

  test('a prompt with a secret is not sent', async () => {
    const stage = await open('by-hand')
    await stage.loki(...install)
    await stage.run(host.byHand(`deploy with ${token} please`))
    expect(stage.sent()).not.toContain(token)
    expect(stage.has('project/allowed.txt')).toBe(false)
    const refused = await stage.audit('prompt.refused')
    expect(refused.map(({ metadata }) => metadata.findings_count)).toEqual([1])
    expect(JSON.stringify(refused)).not.toContain(token)
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
