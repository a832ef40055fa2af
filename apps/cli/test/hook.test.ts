import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { main, Place } from './loki.js'
import type { Run } from './loki.js'

const place = new Place()
afterAll(() => place.remove())

const call = (command: string): string =>
  JSON.stringify({
    session_id: 'a',
    cwd: place.project,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: 'toolu_1',
  })

/** Whether every host reads this as "no": exit 2 with a text, or a denial in JSON on exit 0. */
function refused({ code, stdout, stderr }: Run): boolean {
  if (code === 2) return stderr.trim() !== ''
  return code === 0 && stdout.includes('"permissionDecision":"deny"')
}

describe('loki hook refuses', () => {
  it.each([
    ['empty standard input', 'claude', ''],
    ['blank standard input', 'codex', '  \n'],
    ['garbage', 'gemini', '\u0000\u0001not json'],
    ['JSON that is no object', 'claude', '[1,2,3]'],
    ['an object that is no event', 'claude', '{}'],
    ['an unknown host', 'emacs', call('ls')],
    ['half a call', 'claude', call('ls').slice(0, -9)],
    ['invalid UTF-8', 'claude', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ] as const)('%s', async (_, host, input) => {
    const run = await place.loki(['hook', host], { input })
    expect(refused(run), JSON.stringify(run)).toBe(true)
    expect(run.code).toBe(2)
  })

  it('5 MB of nothing that it knows', async () => {
    const run = await place.loki(['hook', 'claude'], { input: 'x'.repeat(5_000_000) })
    expect(refused(run)).toBe(true)
  })

  it('a call that is larger than can be checked', async () => {
    const run = await place.loki(['hook', 'claude'], { input: call(`echo ${'x'.repeat(9_000_000)}`) })
    expect(refused(run)).toBe(true)
    expect(run.stderr).toMatch(/at most/)
  })

  it('what it cannot read of Copilot CLI, in JSON, by the event on the command line', async () => {
    const call = await place.loki(['hook', 'copilot', 'preToolUse'], { input: 'garbage' })
    expect(JSON.parse(call.stdout)).toMatchObject({ permissionDecision: 'deny' })
    const prompt = await place.loki(['hook', 'copilot', 'userPromptSubmitted'], { input: '{}' })
    expect(JSON.parse(prompt.stdout)).toMatchObject({ decision: 'block' })
    const result = await place.loki(['hook', 'copilot', 'postToolUse'], { input: '{}' })
    expect(JSON.parse(result.stdout)).toHaveProperty('modifiedResult.textResultForLlm')
    expect((await place.loki(['hook', 'copilot'], { input: '{}' })).code).toBe(2)
  })

  it('wrong usage of its own', async () => {
    for (const args of [['hook'], ['hook', 'claude', 'now'], ['hook', '--fast', 'claude']]) {
      expect(refused(await place.loki(args, { input: call('ls') }))).toBe(true)
    }
  })

  it('every call while the policy file cannot be understood', async () => {
    const broken = new Place()
    mkdirSync(join(broken.project, '.loki'))
    writeFileSync(join(broken.project, '.loki', 'policies.yaml'), 'policies: [')
    const input = call('ls').replaceAll(place.project, broken.project)
    expect(refused(await broken.loki(['hook', 'claude'], { input }))).toBe(true)
    await broken.remove()
  })

  it('every call while the decision cannot be recorded', async () => {
    const unwritable = new Place()
    mkdirSync(join(unwritable.project, '.loki'))
    writeFileSync(join(unwritable.project, '.loki', 'audit'), 'a file where the folder of the log should be')
    const input = call('ls').replaceAll(place.project, unwritable.project)
    expect(refused(await unwritable.loki(['hook', 'claude'], { input }))).toBe(true)
    await unwritable.remove()
  })

  it('a call whose session guard is gone and that nothing may replace, or decides it in its own process', async () => {
    const socket = join(place.home, 'gone', 'guard.sock')
    mkdirSync(join(place.home, 'gone'), { mode: 0o700 })
    const run = await place.loki(['hook', 'claude'], { input: call('loki-canary'), env: { LOKI_GUARD_SOCKET: socket } })
    expect(refused(run), JSON.stringify(run)).toBe(true)
  })

  it('a call when standard input never ends', { timeout: 30_000 }, async () => {
    const child = spawn(process.execPath, [main, 'hook', 'claude'], {
      cwd: place.project,
      env: place.env,
      stdio: 'pipe',
    })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const code = await new Promise((resolve) => child.on('exit', resolve))
    child.stdin.end()
    expect(code).toBe(2)
    expect(stderr).toMatch(/did not end/)
  })
})

describe('loki hook', () => {
  it('denies what the policy forbids, in the words of its host, and lets the rest be', async () => {
    const denied = await place.loki(['hook', 'claude'], { input: call('loki-canary 1') })
    expect(JSON.parse(denied.stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } })
    const fine = await place.loki(['hook', 'claude'], { input: call('ls') })
    expect(fine).toMatchObject({ code: 0, stderr: '' })
    expect(fine.stdout).not.toContain('deny')
  })

  it('starts one guard process, which answers the next hook, and another one when that is killed', async () => {
    await place.loki(['hook', 'claude'], { input: call('ls') })
    const first = JSON.parse((await place.loki(['guard', 'status', '--json'])).stdout) as {
      pid: number
      running: boolean
    }
    expect(first).toMatchObject({ running: true, current: true })
    process.kill(first.pid, 'SIGKILL')
    const after = await place.loki(['hook', 'claude'], { input: call('loki-canary 2') })
    expect(refused(after)).toBe(true)
    expect(after.stdout).toContain('deny')
    const second = JSON.parse((await place.loki(['guard', 'status', '--json'])).stdout) as { pid: number }
    expect(second.pid).not.toBe(first.pid)
  })

  it('records every decision in the log of the project, which verifies', async () => {
    await place.loki(['hook', 'claude'], { input: call('echo one') })
    const log = readFileSync(join(place.project, '.loki', 'audit', 'audit.jsonl'), 'utf8')
    expect(log).toContain('echo one')
    expect((await place.loki(['audit', 'verify'])).code).toBe(0)
  })

  it('loads nothing of what decides while a guard process does', () => {
    const wayIn = readFileSync(main, 'utf8')
    expect(wayIn.length).toBeLessThan(16_000)
    expect(wayIn).not.toMatch(/createRequire|unbash|commander|@loki\/audit/)
  })
})
