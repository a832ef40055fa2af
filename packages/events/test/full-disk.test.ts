import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { eventStats, pruneEvents } from '../src/index.js'
import { filesIn, folder, open, until } from './folder.js'

/** A file system of one megabyte; undefined where this user may not mount one. */
function small(): string | undefined {
  const dir = folder()
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1M', 'tmpfs', dir]).status !== 0) return undefined
  onTestFinished(() => {
    spawnSync('umount', [dir])
  })
  return dir
}

function fill(disk: string): void {
  for (const size of [1024 * 1024, 4096, 1]) {
    for (let n = 0; ; n += 1) {
      try {
        writeFileSync(join(disk, `fill-${size}-${n}`), Buffer.alloc(size))
      } catch {
        break
      }
    }
  }
}

it('a full disk: emit says so and leaves nothing, pruning makes room by the archive, and nothing is lost', async (context) => {
  const disk = small()
  if (disk === undefined) {
    context.skip('this user may not mount a file system')
    return
  }
  const dir = join(disk, 'bus')
  const emitter = open({ dir })
  let seen = 0
  const bus = open({ dir })
  for (let n = 1; n <= 40; n += 1) {
    await emitter.emit({ type: 'task', source: 'cli', payload: { n, text: 'x'.repeat(4000) } })
    if (n % 10 === 0) pruneEvents({ dir, env: {} })
  }
  bus.subscribe({ group: 'a' }, () => void (seen += 1))
  await until(() => seen === 40 && eventStats({ dir, env: {} })?.groups[0]?.behind === 0)
  await bus.close()
  await emitter.emit({ type: 'task', source: 'cli', payload: { n: 'pending' } })

  fill(disk)
  const refused = emitter.emit({ type: 'task', source: 'cli', payload: { n: 'refused' } })
  await expect(refused).rejects.toMatchObject({ code: 'WRITE_FAILED', message: /ENOSPC/ })
  expect(filesIn(dir, 'tmp')).toEqual([])
  expect(filesIn(dir, 'pending')).toHaveLength(1)

  const report = pruneEvents({ dir, env: {}, retention: { keep: { segments: 1 } } })
  expect(report).toMatchObject({ waiting: [], lost: [] })
  expect(filesIn(dir, 'pending')).toEqual([])
  expect(filesIn(dir, 'tmp')).toEqual([])
  for (const name of readdirSync(disk).filter((file) => file.startsWith('fill'))) rmSync(join(disk, name))
  await emitter.emit({ type: 'task', source: 'cli', payload: { n: 'after' } })
  const rest: unknown[] = []
  open({ dir }).subscribe({ group: 'a' }, ({ payload }) => void rest.push(payload.n))
  await until(() => rest.length === 2)
  expect(rest).toEqual(['pending', 'after'])
})
