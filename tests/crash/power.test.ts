import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { acknowledgedIn, bundleInto, demandWhole, isAble, recorder, temporary } from './trial.js'

const TRIALS = Number(process.env.LOKI_POWER_TRIALS ?? 3)

/** FS_IOC_SHUTDOWN without flushing the journal, for machines without xfsprogs. */
const SHUTDOWN =
  'import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))'

test(
  `${TRIALS} times a loss of power loses nothing acknowledged`,
  { timeout: 60_000 + TRIALS * 60_000 },
  async (context) => {
    const home = temporary()
    const mount = join(home, 'mnt')
    const image = join(home, 'disk.img')
    mkdirSync(mount)
    const stop = shutdownCommand()
    if (stop === undefined) context.skip('neither xfs_io (xfsprogs) nor python3 is installed')
    if (!isAble('mkfs.ext4', ['-V'])) context.skip('mkfs.ext4 (e2fsprogs) is not installed')
    writeFileSync(image, '')
    truncateSync(image, 64 * 1024 * 1024)
    execFileSync('env', ['mkfs.ext4', '-q', '-F', image], { stdio: 'ignore' })
    if (!isAble('mount', ['-o', 'loop', image, mount])) context.skip('this user or machine may not mount a loop device')
    onTestFinished(() => {
      spawnSync('umount', ['-l', mount])
    })
    const entry = bundleInto(temporary())
    let total = 0
    for (let trial = 0; trial < TRIALS; trial++) {
      const dir = join(mount, `audit-${trial}`)
      const [file = '', ...args] = recorder(entry, dir, { name: `t${trial}` })
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
      const ended = once(child, 'close')
      for (let waited = 0; !output.includes('ack') && waited < 200; waited++) await sleep(50)
      await sleep(50 + Math.random() * 400)
      // What is answered while the file system stops was not answered before the power went: a sync that is under way then
      // may return as if it had succeeded.
      const acknowledged = acknowledgedIn(output)
      const [program = '', ...more] = stop ?? []
      execFileSync(program, [...more, mount])
      child.kill('SIGKILL')
      await ended
      execFileSync('umount', [mount])
      execFileSync('mount', ['-o', 'loop', image, mount])
      await demandWhole(dir, acknowledged)
      total += acknowledged.length
    }
    console.log(`${TRIALS} losses of power: ${total} records acknowledged, nothing lost`)
    expect(total).toBeGreaterThan(TRIALS)
  },
)

function shutdownCommand(): string[] | undefined {
  if (isAble('xfs_io', ['-V'])) return ['xfs_io', '-x', '-c', 'shutdown']
  return isAble('python3', ['--version']) ? ['python3', '-c', SHUTDOWN] : undefined
}
