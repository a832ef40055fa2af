import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import {
  answerHook,
  askServer,
  decideHere,
  guardSocketPath,
  MAX_INPUT_BYTES,
  PROTOCOL_VERSION,
  serveGuard,
  serveResident,
} from '../src/index.js'
import type { GuardServer, HookAnswer, HookOptions, ServeOptions } from '../src/index.js'
import { makeProject } from './project.js'
import type { Project } from './project.js'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

function project(...options: Parameters<typeof makeProject>): Project {
  const made = makeProject(...options)
  open.push(() => made.remove())
  return made
}

async function serve(p: Project, more: Partial<ServeOptions> = {}): Promise<GuardServer> {
  const server = await serveGuard({ socketPath: guardSocketPath(p.env), guardFor: () => p.guard, ...more })
  open.push(() => server.close())
  return server
}

const call = (script: string, cwd: string): string =>
  JSON.stringify({
    hook_event_name: 'PreToolUse',
    session_id: 's1',
    cwd,
    tool_name: 'Bash',
    tool_input: { command: script },
  })

function ask(p: Project, script: string, more: Partial<HookOptions> = {}): Promise<HookAnswer> {
  return answerHook({
    host: 'claude',
    input: call(script, p.dir),
    cwd: p.dir,
    env: p.env,
    build: 'b1',
    decideHere: () => Promise.reject(new Error('nobody may decide here')),
    ...more,
  })
}

const denied: unknown = expect.objectContaining({
  exitCode: 0,
  stdout: expect.stringContaining('"permissionDecision":"deny"') as string,
})
const refused = (why: string): unknown =>
  expect.objectContaining({ exitCode: 2, stderr: expect.stringContaining(why) as string })

test('a hook gets its answer from the guard process', async () => {
  const p = project()
  const server = await serve(p)
  expect(await ask(p, 'npm test')).toEqual({ stdout: '', stderr: '', exitCode: 0 })
  expect(await ask(p, 'rm -rf /')).toEqual(denied)
  expect(server.status()).toMatchObject({ pid: process.pid, decisions: 2 })
})

test('without a guard process a hook decides by itself', async () => {
  const p = project()
  expect(await ask(p, 'rm -rf /', { decideHere })).toEqual(denied)
  expect(await ask(p, 'npm test', { decideHere })).toEqual({ stdout: '', stderr: '', exitCode: 0 })
  expect((await p.entries()).map(({ metadata }) => metadata?.decision)).toEqual(['DENY', 'ALLOW'])
})

test('where deciding by itself fails too, the hook refuses', async () => {
  expect(await ask(project(), 'npm test')).toEqual(refused('nobody may decide here'))
})

test('a guard process that is started on the way is waited for', async () => {
  const p = project()
  let starts = 0
  const startGuard = (): void => {
    starts += 1
    setTimeout(() => void serve(p), 200)
  }
  expect(await ask(p, 'rm -rf /', { startGuard })).toEqual(denied)
  expect(starts).toBe(1)
})

test('the socket of one session is not replaced by another process', async () => {
  const p = project()
  const env = { ...p.env, LOKI_GUARD_SOCKET: join(p.root, 'gone', 'guard.sock') }
  mkdirSync(join(p.root, 'gone'))
  const startGuard = (): void => {
    throw new Error('started')
  }
  expect(await ask(p, 'rm -rf /', { env, startGuard, decideHere })).toEqual(denied)
})

test('a guard process that hangs means a refusal, not a second opinion', async () => {
  const p = project()
  const path = guardSocketPath(p.env)
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  const mute = createServer((socket) => socket.resume())
  await new Promise<void>((done) => mute.listen(path, done))
  open.push(() => new Promise((done) => mute.close(done)))
  expect(await ask(p, 'npm test', { silenceMs: 100, decideHere })).toEqual(refused('did not answer for 100 ms'))
  expect(await p.entries()).toEqual([])
})

test('a guard process of another build steps aside', async () => {
  const p = project()
  const server = await serve(p, { build: 'older' })
  expect(await ask(p, 'rm -rf /', { decideHere })).toEqual(denied)
  await expect.poll(() => existsSync(server.socketPath)).toBe(false)
})

test('input that is too large to check is refused before it is sent', async () => {
  const p = project()
  await serve(p)
  const input = 'x'.repeat(MAX_INPUT_BYTES + 1)
  expect(await ask(p, '', { input })).toEqual(refused('at most'))
})

test('frames that are garbage, too long or of another version harm nobody', async () => {
  const p = project()
  const server = await serve(p)
  const say = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(server.socketPath, () => socket.write(text))
      let heard = ''
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString()
        socket.destroy()
      })
      socket.on('error', () => undefined)
      socket.on('close', () => {
        resolve(heard)
      })
    })
  expect(await say('garbage\n')).toContain('"kind":"error"')
  expect(await say('{"v":99,"kind":"hook"}\n')).toContain('"kind":"stale"')
  expect(await say('x'.repeat(21 * 1024 * 1024))).toBe('')
  expect(await ask(p, 'rm -rf /')).toEqual(denied)
}, 20_000)

test('the socket is for its owner alone, and a folder that others can write to is not trusted', async () => {
  const p = project()
  const server = await serve(p)
  expect(statSync(server.socketPath).mode & 0o777).toBe(0o600)
  expect(statSync(join(server.socketPath, '..')).mode & 0o777).toBe(0o700)
  chmodSync(join(server.socketPath, '..'), 0o777)
  expect(await ask(p, 'npm test')).toEqual(refused('nobody else can write'))
})

test('a second guard process on the same socket is refused, a dead one is replaced', async () => {
  const p = project()
  await serve(p)
  await expect(serve(p)).rejects.toMatchObject({ code: 'SOCKET_IN_USE' })
  const other = project()
  const path = guardSocketPath(other.env)
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  writeFileSync(path, '') // what a killed process leaves is a name on which nobody answers
  await expect(serve(other)).resolves.toMatchObject({ socketPath: path })
})

test('the resident process serves many projects, says so, and leaves when it is idle or asked', async () => {
  const a = project()
  const b = project({ policies: 'policies: [' })
  const timers = timersThatHold()
  const { server, done } = await serveResident({ socketPath: guardSocketPath(a.env), build: 'b1', idleMs: 60_000 })
  open.push(() => server.close())
  expect(await ask(a, 'npm test')).toMatchObject({ exitCode: 0, stdout: '' })
  expect(await ask(b, 'npm test', { env: a.env })).toEqual(denied)
  const status = await askServer(server.socketPath, { v: PROTOCOL_VERSION, kind: 'status' })
  expect(status).toMatchObject({ kind: 'status', decisions: 2, projects: [a.dir, b.dir] })
  expect(await askServer(server.socketPath, { v: PROTOCOL_VERSION, kind: 'stop' })).toEqual({ kind: 'stopping' })
  await done
  expect((await a.entries()).length).toBe(1)
  await expect.poll(timersThatHold).toBe(timers)

  const idle = await serveResident({ socketPath: guardSocketPath(a.env), build: 'b1', idleMs: 50 })
  await idle.done
  expect(existsSync(idle.server.socketPath)).toBe(false)
})

test('a server whose socket was removed or replaced leaves', async () => {
  const p = project()
  const socketPath = guardSocketPath(p.env)
  const first = await serveResident({ socketPath, build: 'b1', lookMs: 20 })
  rmSync(socketPath)
  const second = await serveResident({ socketPath, build: 'b1', lookMs: 20 })
  open.push(() => second.server.close())
  await first.done
  expect(await ask(p, 'npm test')).toMatchObject({ exitCode: 0, stdout: '' })
})

test('variables are policy: callers with other variables get another guard and the same log', async () => {
  const p = project()
  const { server } = await serveResident({ socketPath: guardSocketPath(p.env), build: 'b1' })
  open.push(() => server.close())
  const env = { ...p.env, LOKI_BLOCKED_COMMANDS: 'npm pack' }
  expect(await ask(p, 'npm pack', { env })).toEqual(denied)
  expect(await ask(p, 'npm pack')).toMatchObject({ stdout: '' })
  expect(await p.audit.verifyChain()).toMatchObject({ valid: true, entries: 2 })
})

test('a long home folder moves the socket to a short private one', () => {
  const path = guardSocketPath({ HOME: `/home/${'x'.repeat(120)}` })
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(107)
  expect(path).toContain(`loki-${String(process.getuid?.())}`)
  expect(guardSocketPath({ LOKI_GUARD_SOCKET: '/run/x.sock' })).toBe('/run/x.sock')
})

/** Timers that would keep a process alive. */
function timersThatHold(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}
