import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { main, Place } from './loki.js'

let place: Place
afterEach(() => place.remove())

function project(steps: readonly unknown[]): void {
  place = new Place()
  writeFileSync(join(place.project, 'PRD.md'), '# Work\n\n- [ ] Make a file\n')
  const recording = { version: 1, name: 'test', turns: [{ phase: 'ACT', steps }] }
  writeFileSync(join(place.root, 'run.json'), JSON.stringify(recording))
}

const bash = (command: string, rest: object = {}): unknown => ({ tool: 'Bash', input: { command }, ...rest })
const start = ['start', 'PRD.md', '--replay', '../run.json', '--max-iterations', '1'] as const

describe('loki start', () => {
  it('that fails because an action was refused ends with 3', async () => {
    project([bash('rm -rf /', { on_refusal: 'fail' })])
    const { code, stderr } = await place.loki(start)
    expect(stderr).toMatch(/✗ DENY {3}Bash {3}rm -rf \//)
    expect(stderr).toContain('✗ failed')
    expect(code).toBe(3)
  })

  it('that fails because its tests fail ends with 1', async () => {
    project([bash('true')])
    const { code, stderr } = await place.loki([...start, '--test-command', 'false'])
    expect(stderr).toContain('the tests ended with exit code 1')
    expect(code).toBe(1)
  })

  it('without an agent CLI says which ones there are', async () => {
    project([])
    const { code, stderr } = await place.loki(['start', 'PRD.md'], { env: { PATH: join(place.root, 'empty') } })
    expect(stderr).toMatch(/claude.*codex.*gemini/)
    expect(code).toBe(1)
  })

  it('that completes ends with 0, tells people what happened, and prints no data', async () => {
    project([bash('echo done > made.txt')])
    const { code, stdout, stderr } = await place.loki(start)
    expect(stderr).toContain('✓ completed  1/1 tasks')
    expect(existsSync(join(place.project, 'made.txt'))).toBe(true)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect((await place.loki(['audit', 'verify'])).code).toBe(0)
  })

  it('with --json streams one object a line, the result last, and tells people nothing', async () => {
    project([bash('echo done > made.txt')])
    const { stdout, stderr } = await place.loki([...start, '--json'])
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string })
    expect(lines.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['session', 'task', 'phase', 'decision', 'gate']),
    )
    expect(lines.at(-1)).toMatchObject({ kind: 'result', status: 'completed' })
    expect(stderr).toBe('')
  })

  it('runs any program as the agent', async () => {
    project([])
    const { code } = await place.loki(['start', 'PRD.md', '--command', 'cat > "told-$LOKI_PHASE.txt"'])
    expect(code).toBe(0)
    expect(existsSync(join(place.project, 'told-ACT.txt'))).toBe(true)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops cleanly on %s and ends with %i', async (signal, expected) => {
    project([bash('sleep 60')])
    const child = spawn(process.execPath, [main, ...start], { cwd: place.project, env: place.env, stdio: 'pipe' })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      const before = stderr.includes('sleep 60')
      stderr += chunk.toString()
      if (!before && stderr.includes('sleep 60')) setTimeout(() => child.kill(signal), 200)
    })
    const code = await new Promise((resolve) => child.on('exit', resolve))
    expect(code).toBe(expected)
    expect(stderr).toContain('stopped')
    const { stdout } = await place.loki(['status', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ sessions: [{ status: 'stopped', live: false }] })
  })
})

describe('loki pause, resume and stop', () => {
  it('hold a running session, let it go on, and end it', async () => {
    project(Array.from({ length: 600 }, (_, index) => bash(`sleep 0.1; echo ${index} >> steps.txt`)))
    const running = place.loki(start)
    const status = async (): Promise<string | undefined> => {
      const { stdout } = await place.loki(['status', '--json'])
      return (JSON.parse(stdout) as { sessions: { status: string }[] }).sessions[0]?.status
    }
    await expect.poll(() => existsSync(join(place.project, 'steps.txt')), { timeout: 15_000 }).toBe(true)
    const paused = await place.loki(['pause'])
    expect(paused).toMatchObject({ code: 0, stdout: '' })
    expect(paused.stderr).toContain('paused')
    await expect.poll(status, { timeout: 10_000 }).toBe('paused')
    expect((await place.loki(['resume'])).code).toBe(0)
    await expect.poll(status, { timeout: 10_000 }).toBe('running')
    expect((await place.loki(['stop'])).code).toBe(0)
    expect((await running).code).toBe(0)
    expect(await status()).toBe('stopped')
    expect((await place.loki(['stop'])).code).toBe(1)
  })

  it('show a session with its tasks', async () => {
    project([bash('true')])
    await place.loki(start)
    const all = await place.loki(['status'])
    const id = /ses-\S+/.exec(all.stdout)?.[0] ?? ''
    expect(all.stdout).toMatch(/^SESSION +STATUS +TASKS/)
    const one = await place.loki(['status', id])
    expect(one.stdout).toContain('Make a file')
  })
})
