import { existsSync, readdirSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listSessions, readSession, requestControl, stopSession, type SessionView } from '../src/index.js'
import { makeProject, pidFrom, runs, until, type TestProject } from './project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  await project.remove()
})

const liveSession = (): Promise<SessionView> =>
  until(() => listSessions(project.dir).find((session) => session.live && session.status !== 'starting'), 'a session')

const pidIn = (name: string): Promise<number> => pidFrom(project.path(name))

function replayFile(turns: readonly unknown[]): string {
  return project.write('agent.json', JSON.stringify({ version: 1, name: 'test', turns }))
}

describe('what cannot be asked is refused', () => {
  test('a session that does not exist', async () => {
    const unknown = expect.objectContaining({ code: 'NO_SUCH_SESSION' }) as Error
    expect(() => readSession(project.dir, 'ses-none')).toThrow(unknown)
    expect(() => readSession(project.dir, '../../etc')).toThrow(unknown)
    expect(() => {
      requestControl(project.dir, 'ses-none', 'pause', 'cli:test')
    }).toThrow(unknown)
    await expect(stopSession(project.dir, 'ses-none', { by: 'cli:test' })).rejects.toMatchObject({
      code: 'NO_SUCH_SESSION',
    })
  })

  test('a session that has ended', async () => {
    const { id } = await project.start({})
    expect(() => {
      requestControl(project.dir, id, 'pause', 'cli:test')
    }).toThrow(/is not running: it is completed/)
    await expect(stopSession(project.dir, id, { by: 'cli:test' })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  })
})

test('a paused session starts no new phase until it is resumed, and both are on the record', async () => {
  const running = project.start({ command: ['bash', '-c', 'echo "$LOKI_PHASE" >> phases; sleep 0.4'] })
  const { id } = await liveSession()
  await until(() => existsSync(project.path('phases')), 'the first phase')
  requestControl(project.dir, id, 'pause', 'cli:test')
  await until(() => readSession(project.dir, id).status === 'paused', 'paused')
  await new Promise((resolve) => setTimeout(resolve, 900))
  expect(project.read('phases')).toBe('REASON\n')
  expect(readSession(project.dir, id)).toMatchObject({ status: 'paused', live: true })

  requestControl(project.dir, id, 'resume', 'cli:test')
  await expect(running).resolves.toMatchObject({ status: 'completed' })
  expect(project.read('phases')).toBe('REASON\nACT\nREFLECT\n')
  const entries = (await project.entries()).filter((entry) => /paused|resumed/.test(entry.what))
  expect(entries).toMatchObject([
    { what: 'session.paused', who: `runner:${id}`, metadata: { by: 'cli:test' } },
    { what: 'session.resumed', metadata: { by: 'cli:test' } },
  ])
})

test('a paused replay makes no action until it is resumed', async () => {
  const file = replayFile([
    {
      phase: 'ACT',
      steps: [
        { tool: 'Bash', input: { command: 'touch first; sleep 0.5' } },
        { tool: 'Bash', input: { command: 'touch second' } },
      ],
    },
  ])
  const running = project.start({ provider: 'replay', replayFile: file })
  const { id } = await liveSession()
  await until(() => existsSync(project.path('first')), 'the first action')
  requestControl(project.dir, id, 'pause', 'cli:test')
  await new Promise((resolve) => setTimeout(resolve, 1200))
  expect(existsSync(project.path('second'))).toBe(false)
  requestControl(project.dir, id, 'resume', 'cli:test')
  await expect(running).resolves.toMatchObject({ status: 'completed' })
  expect(existsSync(project.path('second'))).toBe(true)
})

test('a stopped replay makes no further action, also where it is held by a pause', async () => {
  const file = replayFile([
    {
      phase: 'ACT',
      steps: [
        { tool: 'Bash', input: { command: 'touch first; sleep 0.3' } },
        { tool: 'Bash', input: { command: 'touch second' } },
      ],
    },
  ])
  const running = project.start({ provider: 'replay', replayFile: file })
  const { id } = await liveSession()
  await until(() => existsSync(project.path('first')), 'the first action')
  requestControl(project.dir, id, 'pause', 'cli:test')
  await new Promise((resolve) => setTimeout(resolve, 600))
  const stopped = await stopSession(project.dir, id, { by: 'cli:test' })
  expect(stopped).toMatchObject({ status: 'stopped', live: false, reason: 'stopped by cli:test' })
  await expect(running).resolves.toMatchObject({ status: 'stopped' })
  expect(existsSync(project.path('second'))).toBe(false)
})

test('a stop leaves no process behind: not the program, not its children, not a daemon that left the group', async () => {
  const script = [
    'trap "" TERM', // the program itself refuses to go
    'setsid bash -c \'trap "" TERM; echo $$ > daemon.pid; while :; do sleep 0.1; done\' </dev/null >/dev/null 2>&1 &',
    // Without its environment, and in a group of its own: it is known by its parent.
    'setsid env -i sleep 301 </dev/null >/dev/null 2>&1 & echo $! > bare.pid',
    'sleep 300 & echo $! > child.pid',
    'echo $$ > main.pid',
    'while :; do sleep 0.1; done',
  ].join('\n')
  const running = project.start({ command: ['bash', '-c', script] })
  const { id, scratchDir } = await liveSession()
  const pids = await Promise.all(['daemon.pid', 'bare.pid', 'child.pid', 'main.pid'].map(pidIn))
  const startedAt = Date.now()
  requestControl(project.dir, id, 'stop', 'cli:test')
  const result = await running
  expect(result).toMatchObject({ status: 'stopped', reason: 'stopped by cli:test', leftovers: { left: [] } })
  expect(pids.filter(runs)).toEqual([])
  expect(Date.now() - startedAt).toBeLessThan(9_000)
  expect(existsSync(scratchDir)).toBe(false)
  const entries = await project.entries()
  expect(entries.at(-1)).toMatchObject({ what: 'session.stopped', metadata: { by: 'cli:test', leftovers_left: 0 } })
})

test('a session that ends by itself takes its daemons with it', async () => {
  const daemon = 'setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $! > daemon.pid'
  const file = replayFile([{ phase: 'ACT', steps: [{ tool: 'Bash', input: { command: daemon } }] }])
  const result = await project.start({ provider: 'replay', replayFile: file })
  expect(result).toMatchObject({ status: 'completed', leftovers: { supported: true, left: [] } })
  expect(result.leftovers.ended).toBeGreaterThan(0)
  expect(runs(await pidIn('daemon.pid'))).toBe(false)
})

test('the caller can stop a session through its signal', async () => {
  const controller = new AbortController()
  const running = project.start({ command: ['sleep', '300'], signal: controller.signal })
  await liveSession()
  controller.abort()
  await expect(running).resolves.toMatchObject({ status: 'stopped', reason: 'stopped by caller' })
})

test('a damaged request holds the session instead of letting it go on', async () => {
  const running = project.start({ command: ['sleep', '0.3'] })
  const { id } = await liveSession()
  project.write(`.loki/sessions/${id}/control.json`, '{')
  await until(() => readSession(project.dir, id).status === 'paused', 'paused')
  await stopSession(project.dir, id, { by: 'cli:test' })
  await expect(running).resolves.toMatchObject({ status: 'stopped' })
})

test('everything of a session on disk is for its owner alone, and hidden from git', async () => {
  const running = project.start({ command: ['sleep', '0.2'] })
  const { id, scratchDir } = await liveSession()
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
  expect(modeOf(scratchDir)).toBe('700')
  expect(modeOf(project.path('.loki', 'sessions', id))).toBe('700')
  await running
  for (const name of readdirSync(project.path('.loki', 'sessions', id))) {
    expect(modeOf(project.path('.loki', 'sessions', id, name))).toBe('600')
  }
  expect(project.read('.loki/.gitignore')).toBe('*\n')
})
