import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { temporary } from '../folder.js'

/** Whether this user may mount file systems. */
export const isMountable: boolean = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0

/** A file system of 64 KiB that ends with the test. */
export function smallDisk(): string {
  const dir = temporary()
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`expected to mount a tmpfs: ${stderr}`)
  onTestFinished(() => {
    spawnSync('umount', [dir])
  })
  return dir
}

/** Fills a file system to its last block. */
export function fill(dir: string): void {
  spawnSync('dd', ['if=/dev/zero', `of=${dir}/rest`, 'bs=4k'])
}
