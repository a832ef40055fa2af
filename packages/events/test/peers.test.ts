import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LokiEvent, openEvents, readEvents } from '../src/index.js'
import { filesIn, folder, open, until } from './folder.js'

const peers = join(import.meta.dirname, '../peers')

type Vectors = {
  readonly files: readonly {
    readonly says: string
    readonly name: string
    readonly text: string
    readonly valid: boolean
  }[]
  readonly payloads: readonly string[]
  readonly refused: readonly { readonly type: string; readonly source: string; readonly payload: string }[]
}
const vectors = JSON.parse(readFileSync(join(peers, 'vectors/events.json'), 'utf8')) as Vectors

type Result = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
type Peer = {
  readonly name: string
  readonly missing: string | undefined
  readonly argv: readonly [string, ...string[]]
}

function run(argv: readonly [string, ...string[]], dir: string): Result {
  const [command, ...args] = argv
  const env = { ...process.env, LOKI_EVENTS_DIR: dir, PYTHONPATH: join(peers, 'python'), PYTHONDONTWRITEBYTECODE: '1' }
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8', timeout: 20_000 })
  return { code: status, stdout, stderr }
}

/** Why a program cannot be used here; undefined where it can. */
function lack(command: string, check: readonly string[], wanted: string): string | undefined {
  return spawnSync(command, check).status === 0 ? undefined : `${wanted} is not on this machine`
}

const python: Peer = {
  name: 'Python',
  missing: lack('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))'], 'python3 3.9 or newer'),
  argv: ['python3', '-m', 'loki_events', 'emit'],
}
const bash: Peer = {
  name: 'Bash',
  missing: lack('bash', ['-c', '((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501))'], 'bash 5.1 or newer'),
  argv: ['bash', join(peers, 'bash/emit.sh')],
}

const byLine = (stdout: string): { seq: number; event: LokiEvent | null }[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { seq: number; event: LokiEvent | null })

async function readAll(dir: string): Promise<LokiEvent[]> {
  const events: LokiEvent[] = []
  for await (const { event } of readEvents({ dir, env: {} })) events.push(event)
  return events
}

/** A bus whose `pending/` holds the files of the vectors, written long ago. */
function withFiles(): string {
  const dir = folder()
  mkdirSync(join(dir, 'pending'))
  const then = new Date(Date.now() - 60_000)
  for (const { name, text } of vectors.files) {
    writeFileSync(join(dir, 'pending', name), text)
    utimesSync(join(dir, 'pending', name), then, then)
  }
  return dir
}

describe('the vectors', () => {
  it('are taken and refused as they say', async () => {
    const dir = withFiles()
    const taken = await readAll(dir)
    const valid = vectors.files.filter((file) => file.valid)
    expect(new Set(taken.map(({ id }) => id))).toEqual(
      new Set(valid.map(({ text }) => (JSON.parse(text) as LokiEvent).id)),
    )
    const aside = filesIn(dir, 'quarantine').filter((name) => !name.endsWith('.reason'))
    expect(aside).toEqual(
      vectors.files
        .filter((file) => !file.valid)
        .map(({ name }) => name)
        .sort(),
    )
  })
})

for (const peer of [python, bash]) {
  const suite = peer.missing === undefined ? describe : describe.skip
  suite(peer.missing === undefined ? peer.name : `${peer.name} (skipped: ${peer.missing})`, () => {
    it('refuses what the vectors refuse, with 2, and writes nothing', () => {
      const dir = join(folder(), 'bus')
      for (const { type, source, payload } of vectors.refused) {
        const result = run([...peer.argv, type, source, payload], dir)
        expect([type, source, payload, result.code]).toEqual([type, source, payload, 2])
        expect(result.stderr).not.toBe('')
      }
      const large = JSON.stringify({ text: 'x'.repeat(100_000) })
      expect(run([...peer.argv, 'task', 'cli', large], dir).code).toBe(0)
      expect(filesIn(dir, 'pending')).toHaveLength(1)
      expect(run([...peer.argv], dir).code).toBe(2)
    })

    it('says that it could not write, with 1, and leaves nothing half done', () => {
      const file = join(folder(), 'file')
      writeFileSync(file, '')
      const result = run([...peer.argv, 'task', 'cli'], join(file, 'bus'))
      expect(result.code).toBe(1)
      expect(result.stdout).toBe('')
    })

    it('writes what TypeScript reads, word for word, under its id, for its owner alone', async () => {
      const dir = join(folder(), 'a b', '-bus')
      const ids = vectors.payloads.map((payload) => run([...peer.argv, 'task', 'skill', payload], dir).stdout.trim())
      const [name = ''] = filesIn(dir, 'pending')
      expect(statSync(join(dir, 'pending', name)).mode & 0o777).toBe(0o600)
      expect(statSync(join(dir, 'pending')).mode & 0o777).toBe(0o700)
      const events = await readAll(dir)
      expect(events.map(({ id }) => id)).toEqual(ids)
      expect(events.map(({ payload }) => payload)).toEqual(vectors.payloads.map((text): unknown => JSON.parse(text)))
      for (const { type, source, timestamp } of events) {
        expect([type, source]).toEqual(['task', 'skill'])
        expect(Math.abs(Date.now() - Date.parse(timestamp))).toBeLessThan(60_000)
      }
      expect(filesIn(dir, 'quarantine')).toEqual([])
    })

    it('killed at random leaves no event torn and no process behind', { timeout: 60_000 }, async () => {
      const dir = join(folder(), 'bus')
      mkdirSync(join(dir, 'pending'), { recursive: true })
      for (let round = 0; round < 20; round += 1) {
        const [command, ...args] = peer.argv
        const env = {
          ...process.env,
          LOKI_EVENTS_DIR: dir,
          PYTHONPATH: join(peers, 'python'),
          PYTHONDONTWRITEBYTECODE: '1',
        }
        const child = spawn(command, [...args, 'task', 'cli', '{"n":1}'], { env, stdio: 'ignore' })
        const ended = new Promise((resolve) => child.on('close', resolve))
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
        child.kill('SIGKILL')
        await ended
      }
      const whole = filesIn(dir, 'pending').length
      expect(await readAll(dir)).toHaveLength(whole)
      expect(filesIn(dir, 'quarantine')).toEqual([])
    })
  })
}

const reading = python.missing === undefined ? describe : describe.skip
reading(python.missing === undefined ? 'Python reads' : `Python reads (skipped: ${python.missing})`, () => {
  const read = (dir: string, ...args: string[]): ReturnType<typeof byLine> =>
    byLine(run(['python3', '-m', 'loki_events', 'read', ...args], dir).stdout)

  it('every file of the vectors as they say', () => {
    const dir = withFiles()
    const script = 'import json,sys,loki_events as l; print(json.dumps([e.id for e in l.read_pending(sys.argv[1])]))'
    const ids = JSON.parse(run(['python3', '-c', script, dir], dir).stdout) as string[]
    const valid = vectors.files.filter((file) => file.valid).map(({ text }) => (JSON.parse(text) as LokiEvent).id)
    expect(new Set(ids)).toEqual(new Set(valid))
  })

  it('what TypeScript, Bash and Python wrote and TypeScript numbered', async () => {
    const dir = folder()
    for (const payload of vectors.payloads) {
      await open({ dir }).emit({ type: 'task', source: 'runner', payload: JSON.parse(payload) as LokiEvent['payload'] })
      run([...python.argv, 'task', 'skill', payload], dir)
      if (bash.missing === undefined) run([...bash.argv, 'task', 'hook', payload], dir)
    }
    const events = await readAll(dir)
    expect(events.length).toBe(vectors.payloads.length * (bash.missing === undefined ? 3 : 2))
    expect(read(dir)).toEqual(events.map((event, n) => ({ seq: n + 1, event })))
    expect(read(dir, '4')).toHaveLength(events.length - 3)
  })

  it('a flipped bit as an event that it does not give, and nothing below the floor', async () => {
    const dir = folder()
    const bus = openEvents({ dir, env: {} })
    for (let n = 1; n <= 3; n += 1) await bus.emit({ type: 'task', source: 'cli', payload: { n } })
    await readAll(dir)
    await bus.emit({ type: 'task', source: 'cli', payload: { n: 4 } })
    await readAll(dir)
    const path = join(dir, 'log', '00000000000001.jsonl')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"n":2', '"n":9'))
    expect(read(dir).map(({ event }) => event?.payload.n)).toEqual([1, undefined, 3, 4])
    mkdirSync(join(dir, 'log', 'floor'), { recursive: true })
    writeFileSync(join(dir, 'log', 'floor', '00000000000004'), '')
    expect(read(dir).map(({ seq }) => seq)).toEqual([4])
  })

  it('and writes in the order of its counter, in a forked process under another instance', async () => {
    const dir = folder()
    const script = [
      'import os, sys, loki_events as l',
      'e = l.Emitter(sys.argv[1], durable=True)',
      'for n in range(50): e.emit("task", "cli", {"n": n})',
      'child = os.fork()',
      'os.write(1, (e.emit("task", "cli", {"n": 50}) + "\\n").encode())',
      'os._exit(0) if child == 0 else os.waitpid(child, 0)',
    ].join('\n')
    const ids = run(['python3', '-c', script, dir], dir).stdout.trim().split('\n')
    expect(new Set(ids.map((id) => id.slice(0, 16))).size).toBe(2)
    const events = await readAll(dir)
    expect(events).toHaveLength(52)
    expect(events.slice(0, 50).map(({ payload }) => payload.n)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })
})

const linted = lack('shellcheck', ['--version'], 'shellcheck')
it.skipIf(linted !== undefined)(
  `emit.sh is clean to shellcheck${linted === undefined ? '' : ` (skipped: ${linted})`}`,
  () => {
    expect(execFileSync('shellcheck', [join(peers, 'bash/emit.sh')], { encoding: 'utf8' })).toBe('')
  },
)

it('a subscription gets what peers write while it runs', async () => {
  const dir = folder()
  const seen: unknown[] = []
  open({ dir }).subscribe({ group: 'all' }, ({ source }) => void seen.push(source))
  const writers = [python, bash].filter(({ missing }) => missing === undefined)
  for (const { argv } of writers) expect(run([...argv, 'task', 'hook'], dir).code).toBe(0)
  await until(() => seen.length === writers.length)
})
