import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { AuditEntry } from '../../src/index.js'
import { bundleInto, program } from '../children/bundle.js'
import { start } from '../children/process.js'
import { allLines, fill, linesOf, openLog, parse, temporary, writeLines } from '../folder.js'

const good = { who: 'test', what: 'test.record' }

test.each([
  ['a line of garbage', 'garbage'],
  ['an empty line', ''],
  ['an entry whose hash is wrong', undefined],
])('a log that ends in %s is not extended and never begun at 0 again', async (_, text) => {
  const dir = temporary()
  const lines = await fill(dir, 3)
  writeLines(dir, [...lines, text ?? (lines[2] ?? '').replace('agent:2', 'agent:9')])
  const before = readFileSync(join(dir, 'audit.jsonl'))
  const log = openLog(dir)
  await expect(log.record(good)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  await expect(log.record(good)).rejects.toThrow('move it away')
  await log.close()
  expect(readFileSync(join(dir, 'audit.jsonl'))).toEqual(before)
})

test.each([
  [
    'removed',
    (file: string) => {
      rmSync(file)
    },
  ],
  [
    'replaced',
    (file: string) => {
      renameSync(file, `${file}.old`)
      writeFileSync(file, '')
    },
  ],
  [
    'cut',
    (file: string) => {
      truncateSync(file, 100)
    },
  ],
  [
    'written to',
    (file: string) => {
      appendFileSync(file, 'x\n')
    },
  ],
])('a log that is %s under its writer takes nothing more', async (_, change) => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record(good)
  change(join(dir, 'audit.jsonl'))
  await expect(log.record(good)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  await expect(log.record(good)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
})

test('a log that is a symbolic link is refused', async () => {
  const dir = temporary()
  writeFileSync(join(dir, 'elsewhere'), '')
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'audit.jsonl'))
  await expect(openLog(dir).record(good)).rejects.toMatchObject({ code: 'UNSAFE_PATH' })
})

test('a folder that cannot be made is a rejection with its cause', async () => {
  const dir = temporary()
  writeFileSync(join(dir, 'file'), '')
  const result = openLog(join(dir, 'file', 'audit')).record(good)
  await expect(result).rejects.toMatchObject({ code: 'WRITE_FAILED', cause: { code: 'ENOTDIR' } })
})

test.each([
  ['half a line', Buffer.from('{"hash":"sha256:12')],
  ['a run of NUL bytes', Buffer.alloc(200_000)],
])('%s behind the last entry is set aside and recorded', async (_, torn) => {
  const dir = temporary()
  await fill(dir, 3)
  const file = join(dir, 'audit.jsonl')
  const offset = readFileSync(file).length
  appendFileSync(file, torn)
  const log = openLog(dir)
  expect(await log.record(good)).toMatchObject({ seq: 4 })
  expect(parse(linesOf(dir)[3])).toMatchObject({
    who: 'audit',
    what: 'log.recovered',
    where: 'audit.jsonl',
    metadata: {
      offset,
      bytes: torn.length,
      sha256: createHash('sha256').update(torn).digest('hex'),
      file: 'audit.jsonl.torn-1',
    },
  })
  expect(readFileSync(`${file}.torn-1`)).toEqual(torn)
  expect(await log.verifyChain()).toMatchObject({ valid: true, entries: 5 })
})

test('a first line that is torn leaves an empty chain, and the next torn file another name', async () => {
  const dir = temporary()
  const file = join(dir, 'audit.jsonl')
  writeFileSync(file, '{"hash"')
  writeFileSync(`${file}.torn-1`, 'from before')
  const log = openLog(dir)
  expect(await log.record(good)).toMatchObject({ seq: 1 })
  expect(readFileSync(`${file}.torn-1`, 'utf8')).toBe('from before')
  expect(readFileSync(`${file}.torn-2`, 'utf8')).toBe('{"hash"')
  expect(await log.verifyChain()).toMatchObject({ valid: true, entries: 2 })
})

function isAble(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

test('a full disk refuses records, and what was acknowledged stays', async (context) => {
  const dir = temporary()
  if (!isAble('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dir])) {
    context.skip('this user may not mount a tmpfs')
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', dir])
  })
  writeFileSync(join(dir, 'ballast'), Buffer.alloc(128 * 1024))
  const log = openLog(dir)
  const acknowledged: AuditEntry[] = []
  let refused: unknown
  while (refused === undefined) {
    const batch = Array.from({ length: 7 }, () => log.record({ ...good, why: 'x'.repeat(900) }))
    for (const result of await Promise.allSettled(batch)) {
      if (result.status === 'rejected') refused = result.reason
      else if (result.value !== undefined) acknowledged.push(result.value)
    }
  }
  expect(refused).toMatchObject({ code: 'WRITE_FAILED', cause: { code: 'ENOSPC' } })
  await expect(log.record({ ...good, why: 'x'.repeat(60_000) })).rejects.toMatchObject({ code: 'WRITE_FAILED' })
  rmSync(join(dir, 'ballast'))
  await log.record(good)
  expect(await log.verifyChain()).toMatchObject({ valid: true })
  const hashes = new Set(allLines(dir).map((line) => parse(line).hash))
  expect(acknowledged.length).toBeGreaterThan(50)
  expect(acknowledged.filter(({ hash }) => !hashes.has(hash))).toEqual([])
})

test('a sync that fails once is not tried again: its record is refused and not in the log', async (context) => {
  if (!isAble('strace', ['-o', '/dev/null', 'true'])) context.skip('strace is not installed, or may not trace')
  const dir = temporary()
  const entry = bundleInto(temporary())
  const inject = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=3']
  const node = [process.execPath, program('recorder.mjs'), entry, dir, 'one', '6', '1']
  const child = start(['env', 'UV_THREADPOOL_SIZE=1', 'strace', '-f', '-o', '/dev/null', ...inject, ...node])
  await child.ended
  // strace counts by thread: the third sync of the only thread that writes.
  expect(child.lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'ack one-0',
    'ack one-1',
    'refused one-2',
    'ack one-3',
    'ack one-4',
    'ack one-5',
    'done',
  ])
  const log = openLog(dir)
  expect(await log.verifyChain()).toMatchObject({ valid: true, entries: 7 })
  const told = allLines(dir).map((line) => parse(line).metadata?.id ?? parse(line).what)
  expect(told).toEqual(['one-0', 'one-1', 'segment.opened', 'log.recovered', 'one-3', 'one-4', 'one-5'])
  expect(linesOf(dir).map((line) => parse(line).seq)).toEqual([2, 3, 4, 5, 6])
  expect(readdirSync(dir)).toContain('audit.jsonl.torn-1')
})
