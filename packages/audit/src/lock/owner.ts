import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../error.js'
import type { Lock } from './lock.js'

const NAME = /^audit\.owner\.(\d{1,15})$/
const FREE = 'free'
const UNKNOWN = '?'

/**
 * Locks by a file that names its owner, for machines where the kernel offers nothing better.
 * Every owner takes the next number, and the highest number is never removed: that makes taking over from a dead owner
 * one atomic `link`, where removing its file first would let two successors in. Not for processes that do not see each
 * other (containers that share only the folder).
 */
export function ownerLock(dir: string): Promise<Lock | undefined> {
  const current = numbers(dir).at(-1) ?? 0
  if (current > 0 && isHeld(path(dir, current))) return Promise.resolve(undefined)
  const mine = current + 1
  const draft = `${path(dir, mine)}.${randomBytes(8).toString('hex')}`
  writeFileSync(draft, `${process.pid} ${startOf(process.pid) ?? UNKNOWN}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path(dir, mine))
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return Promise.resolve(undefined)
    throw error
  } finally {
    unlinkSync(draft)
  }
  // A slow claimant may take a low number again that was cleaned away meanwhile; a higher one then exists.
  if (numbers(dir).at(-1) !== mine) {
    unlinkSync(path(dir, mine))
    return Promise.resolve(undefined)
  }
  for (const old of numbers(dir)) if (old < mine) rmSync(path(dir, old), { force: true })
  return Promise.resolve({
    release: () => {
      writeFileSync(draft, FREE, { mode: 0o600 })
      renameSync(draft, path(dir, mine))
      return Promise.resolve()
    },
  })
}

function path(dir: string, number: number): string {
  return join(dir, `audit.owner.${number}`)
}

function numbers(dir: string): number[] {
  return readdirSync(dir)
    .map((name) => Number(NAME.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => a - b)
}

function isHeld(file: string): boolean {
  let text: string
  try {
    text = readFileSync(file, 'utf8').slice(0, 200).trim()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true // somebody took over just now
    throw error
  }
  if (text === FREE) return false
  const [pid = '', ...start] = text.split(' ')
  const then = start.join(' ')
  const now = startOf(Number(pid))
  return now !== undefined && (now === then || now === UNKNOWN || then === UNKNOWN)
}

/** When a process began, so that a number that the system gave to another process is not taken for the owner. */
function startOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      // The second field, the program's name, may hold anything, spaces and brackets too: count from its end.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? undefined : `${boot} ${fields[19] ?? ''}`
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return isAlive(pid) ? UNKNOWN : undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}
