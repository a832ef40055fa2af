import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { hasCode } from './errors.js'
import { type Folders, remove, writeNew } from './folders.js'
import { isAlive, startOf } from './process-life.js'

type Owner = { readonly pid: number; readonly start: string | undefined; readonly host: string }

const BEAT_MS = 2000
// Only for an owner whose life cannot be looked up: another machine, or a system that hides start times.
const SILENT_MS = 30_000

/**
 * The right of one subscription, among all processes, to work for a group.
 *
 * Lease files are numbered, `<group>.<epoch>.lease`, and the highest is in force. A dead owner's is not removed but
 * outbid: link(2) gives the next number to exactly one process. An owner has lost it when the next number exists or
 * its own file is gone; whoever takes over removes lower numbers only afterwards, lowest first, so one of the two always shows.
 */
export class Lease {
  readonly #folders: Folders
  readonly #group: string
  #epoch: number | undefined
  #beat: NodeJS.Timeout | undefined

  constructor(folders: Folders, group: string) {
    this.#folders = folders
    this.#group = group
  }

  /** True when this subscription has the lease, which it takes when nobody living holds it. */
  hold(): boolean {
    if (this.#epoch !== undefined) {
      if (this.isMine()) return true
      this.#drop()
    }
    const highest = this.#epochs().at(-1)
    if (highest !== undefined && !this.#isAbandoned(highest)) return false
    return this.#take((highest ?? 0) + 1)
  }

  /** Whether somebody living holds the lease. */
  isHeld(): boolean {
    const highest = this.#epochs().at(-1)
    return highest !== undefined && !this.#isAbandoned(highest)
  }

  /** Whether the lease is still ours: asked before anything is committed under it. */
  isMine(): boolean {
    if (this.#epoch === undefined) return false
    return !existsSync(this.#path(this.#epoch + 1)) && existsSync(this.#path(this.#epoch))
  }

  /** Gives the lease up, if it is ours. */
  release(): void {
    if (this.#epoch !== undefined && this.isMine()) remove(this.#path(this.#epoch))
    this.#drop()
  }

  #take(epoch: number): boolean {
    const tmp = join(this.#folders.tmp, `lease-${randomBytes(8).toString('hex')}`)
    const owner: Owner = { pid: process.pid, start: startOf(process.pid), host: hostname() }
    try {
      writeNew(tmp, `${JSON.stringify({ version: 1, group: this.#group, ...owner })}\n`, false)
      linkSync(tmp, this.#path(epoch))
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false
      throw error
    } finally {
      remove(tmp)
    }
    const epochs = this.#epochs()
    if (epochs.at(-1) !== epoch) {
      // We were slow: the number we took had been used, given back and overtaken meanwhile.
      remove(this.#path(epoch))
      return false
    }
    for (const lower of epochs) if (lower < epoch) remove(this.#path(lower))
    this.#epoch = epoch
    this.#beat = setInterval(() => {
      this.#touch()
    }, BEAT_MS).unref()
    return true
  }

  #touch(): void {
    const now = new Date()
    try {
      if (this.#epoch !== undefined) utimesSync(this.#path(this.#epoch), now, now)
    } catch {
      // Lost; the next question for it says so.
    }
  }

  #drop(): void {
    clearInterval(this.#beat)
    this.#epoch = undefined
  }

  #isAbandoned(epoch: number): boolean {
    const path = this.#path(epoch)
    try {
      const owner = parseOwner(readFileSync(path, 'utf8'))
      const silent = Math.abs(Date.now() - statSync(path).mtimeMs) > SILENT_MS
      if (owner?.host !== hostname()) return silent
      const alive = isAlive(owner.pid, owner.start)
      return alive === 'unknown' ? silent : !alive
    } catch (error) {
      // Given back or outbid a moment ago; ask again at the next turn.
      if (hasCode(error, 'ENOENT')) return false
      throw error
    }
  }

  #epochs(): number[] {
    const prefix = `${this.#group}.`
    return readdirSync(this.#folders.groups)
      .filter((name) => name.startsWith(prefix) && /^\d{8}\.lease$/.test(name.slice(prefix.length)))
      .map((name) => Number(name.slice(prefix.length, prefix.length + 8)))
      .sort((a, b) => a - b)
  }

  #path(epoch: number): string {
    return join(this.#folders.groups, `${this.#group}.${String(epoch).padStart(8, '0')}.lease`)
  }
}

function parseOwner(text: string): Owner | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value)) return undefined
  const { pid, host } = value
  if (!Number.isSafeInteger(pid) || Number(pid) < 1 || typeof host !== 'string') return undefined
  const start = 'start' in value && typeof value.start === 'string' ? value.start : undefined
  return { pid: Number(pid), start, host }
}
