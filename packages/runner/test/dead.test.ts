import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  listSessions,
  readSession,
  requestControl,
  stopLeftovers,
  stopSession,
  type SessionView,
} from '../src/index.js'
import { makeProject, pidFrom, runs, until, type TestProject } from './project.js'
import { buildRunner } from './runner/build.js'

let runner: { readonly dir: string; readonly program: string }
let project: TestProject
const children: ChildProcess[] = []

beforeAll(async () => {
  runner = await buildRunner()
}, 60_000)

afterAll(() => {
  rmSync(runner.dir, { recursive: true, force: true })
})

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const { id, scratchDir } of listSessions(project.dir)) {
    await stopLeftovers(id)
    rmSync(scratchDir, { recursive: true, force: true })
  }
  await project.remove()
})

interface Running {
  readonly child: ChildProcess
  /** What it printed, once it has ended. */
  readonly printed: Promise<string>
}

function startRunner(...command: string[]): Running {
  const child = spawn(process.execPath, [runner.program, project.dir, ...command], { env: project.env })
  children.push(child)
  const printed = new Promise<string>((resolve) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    child.on('close', () => {
      resolve(text)
    })
  })
  return { child, printed }
}

const workSession = (): Promise<SessionView> =>
  until(() => listSessions(project.dir).find((session) => session.phase !== undefined), 'a session at work')

const pidIn = (name: string): Promise<number> => pidFrom(project.path(name))

const agent = 'setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $! > daemon.pid; echo $$ > main.pid; sleep 300'

test('after kill -9 of the runner the session is seen as failed, and a stop ends what it left', async () => {
  const { child } = startRunner('bash', '-c', agent)
  const { id, scratchDir } = await workSession()
  const pids = await Promise.all([pidIn('daemon.pid'), pidIn('main.pid')])
  child.kill('SIGKILL')
  await until(() => !readSession(project.dir, id).live, 'the runner to be gone')
  expect(readSession(project.dir, id)).toMatchObject({ status: 'failed', live: false })
  expect(pids.filter(runs)).toEqual(pids)
  expect(() => {
    requestControl(project.dir, id, 'pause', 'cli:test')
  }).toThrow(/its runner \(process \d+\) is gone/)

  const stopped = await stopSession(project.dir, id, { by: 'cli:test', audit: project.audit })
  expect(stopped).toMatchObject({ status: 'stopped', live: false })
  expect(stopped.reason).toContain('stopped by cli:test')
  expect(pids.filter(runs)).toEqual([])
  expect(existsSync(scratchDir)).toBe(false)
  expect((await project.entries()).at(-1)).toMatchObject({ what: 'session.stopped', metadata: { by: 'cli:test' } })
})

test('the next session of a project clears what a killed runner left', async () => {
  const { child } = startRunner('bash', '-c', agent)
  const { id } = await workSession()
  const pids = await Promise.all([pidIn('daemon.pid'), pidIn('main.pid')])
  child.kill('SIGKILL')
  await until(() => !readSession(project.dir, id).live, 'the runner to be gone')
  await expect(project.start({})).resolves.toMatchObject({ status: 'completed' })
  expect(pids.filter(runs)).toEqual([])
  expect(readSession(project.dir, id)).toMatchObject({ status: 'failed', endedAt: expect.any(String) as string })
})

test('a stop from another process ends a live session', async () => {
  const { printed } = startRunner('bash', '-c', agent)
  const { id } = await workSession()
  const pids = await Promise.all([pidIn('daemon.pid'), pidIn('main.pid')])
  await expect(stopSession(project.dir, id, { by: 'cli:test' })).resolves.toMatchObject({ status: 'stopped' })
  expect(pids.filter(runs)).toEqual([])
  expect(await printed).toBe('stopped stopped by cli:test\n')
})

test('a runner that hangs is ended by the stop', async () => {
  const { child } = startRunner('bash', '-c', agent)
  const { id } = await workSession()
  const pids = await Promise.all([pidIn('daemon.pid'), pidIn('main.pid')])
  child.kill('SIGSTOP')
  const stopped = await stopSession(project.dir, id, { by: 'cli:test', timeoutMs: 300 })
  expect(stopped.status).toBe('stopped')
  expect(pids.filter(runs)).toEqual([])
}, 20_000)

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s to the runner stops its session', async (signal) => {
  const { child, printed } = startRunner('bash', '-c', agent)
  const { id } = await workSession()
  const pids = await Promise.all([pidIn('daemon.pid'), pidIn('main.pid')])
  child.kill(signal)
  expect(await printed).toBe(`stopped stopped by signal:${signal}\n`)
  expect(pids.filter(runs)).toEqual([])
  expect(readSession(project.dir, id).status).toBe('stopped')
})

test('of two sessions on one project the second is refused and told which one works', async () => {
  startRunner('sleep', '300')
  const { id } = await workSession()
  const second = project.start({})
  await expect(second).rejects.toMatchObject({ code: 'SESSION_LIVE' })
  await expect(second).rejects.toThrow(`loki stop ${id}`)
  expect(listSessions(project.dir).map((session) => session.id)).toEqual([id])
})

test('of many that start at once exactly one works', async () => {
  const runners = Array.from({ length: 5 }, () => startRunner('sleep', '1.5'))
  const inside = Array.from({ length: 5 }, () => project.start({ command: ['sleep', '1.5'] }))
  const here = await Promise.allSettled(inside)
  const there = await Promise.all(runners.map(({ printed }) => printed))
  const worked = here.filter((end) => end.status === 'fulfilled').length
  const workedThere = there.filter((text) => text.startsWith('completed')).length
  expect(there.filter((text) => !/^(completed|refused One session)/.test(text))).toEqual([])
  expect(worked + workedThere).toBe(1)
  expect(listSessions(project.dir)).toHaveLength(1)
}, 60_000)

test('the state on disk is whole whenever the runner is killed', async () => {
  for (let round = 0; round < 12; round += 1) {
    const { child, printed } = startRunner('true')
    const reading = new AbortController()
    const reader = (async () => {
      while (!reading.signal.aborted) {
        for (const session of listSessions(project.dir)) expect(session.tasks).toHaveLength(1)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 400))
    child.kill('SIGKILL')
    await printed
    reading.abort()
    await reader
  }
}, 60_000)
