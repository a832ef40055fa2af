import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { acknowledgedIn, bundleInto, demandWhole, isAble, recorder, temporary } from './trial.js'

const RECORDS = 40

test.for([
  ['write', 'ENOSPC', [3, 9, 17]],
  ['write', 'EIO', [5, 14]],
  ['fdatasync', 'EIO', [2, 7, 13]],
  ['fsync', 'EIO', [1, 2, 3, 4]],
  ['link', 'EIO', [1, 2]],
  ['link', 'EPERM', [1]],
  ['rename', 'EIO', [1, 2, 3]],
  ['ftruncate', 'EIO', [1]],
] as const)(
  '%s that fails with %s, once, at any of its calls, loses nothing acknowledged',
  async ([call, error, times], context) => {
    if (!isAble('strace', ['-o', '/dev/null', 'true'])) context.skip('strace is not installed, or may not trace')
    const entry = bundleInto(temporary())
    for (const when of times) {
      const dir = join(temporary(), 'audit')
      const files = ['audit.jsonl', 'audit.jsonl.next', 'segments/000001.jsonl', '.', 'segments', 'audit.tree']
      const watched = files.flatMap((name) => ['-P', join(dir, name)])
      const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${when}`]
      const command = [
        '-f',
        '-o',
        '/dev/null',
        ...watched,
        ...inject,
        ...recorder(entry, dir, { name: 'w', count: RECORDS }),
      ]
      const { stdout } = spawnSync('env', ['strace', ...command], {
        encoding: 'utf8',
        env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
      })
      const acknowledged = acknowledgedIn(stdout)
      expect(stdout.split('\n').filter((line) => /^(ack|refused)/.test(line))).toHaveLength(RECORDS)
      await demandWhole(dir, acknowledged)
      // What was refused is not in the log either: the whole is what was acknowledged.
    }
  },
)

test('a file system that fills up in the middle of rotations refuses, and goes on when there is room', async (context) => {
  const dir = temporary()
  if (!isAble('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dir])) {
    context.skip('this user may not mount a tmpfs')
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', dir])
  })
  const ballast = join(dir, 'ballast')
  writeFileSync(ballast, Buffer.alloc(150 * 1024))
  const entry = bundleInto(temporary())
  const run = (name: string): string => {
    const [file = '', ...args] = recorder(entry, dir, { name, count: 300 })
    return spawnSync(file, args, { encoding: 'utf8' }).stdout
  }
  const full = run('full')
  expect(full).toMatch(/refused .* WRITE_FAILED/)
  rmSync(ballast)
  // Room enough for whatever compression was doing at that moment, too.
  execFileSync('mount', ['-o', 'remount,size=2m', dir])
  const after = run('after')
  await demandWhole(dir, [...acknowledgedIn(full), ...acknowledgedIn(after)])
})
