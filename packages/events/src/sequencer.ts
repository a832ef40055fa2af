import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { hasCode } from './errors.js'
import { admissible, isEventFile, originOf } from './file-name.js'
import { type Folders, makeFolders, move, remove, replaceFile } from './folders.js'
import { quarantine, readIncoming } from './inbox.js'
import type { EventLog } from './log.js'
import type { Settings } from './options.js'
import { prune, type PruneReport } from './retention.js'
import type { Entry } from './segment.js'

const MAX_SEGMENT_EVENTS = 1000
const MAX_SEGMENT_CHARS = 8 * 1024 * 1024
const KEPT_IN_ARCHIVE = 10_000
const PROJECTION_MS = 1000
const LEFT_OVER_MS = 3_600_000
const FULL = ['ENOSPC', 'EDQUOT']
const PRUNE_MS = 600_000
// A program that subscribes for a moment leaves the old to others.
const FIRST_PRUNE_MS = 60_000

/** Gives pending events their numbers. Any process may do it, any number at once: {@link EventLog.append} decides. */
export class Sequencer {
  readonly #folders: Folders
  readonly #settings: Settings
  readonly #log: EventLog
  #running: Promise<boolean> | undefined
  #loaded = false
  #numbered = 0
  #archived = KEPT_IN_ARCHIVE
  #pruneAt = Number.POSITIVE_INFINITY
  #projection: { dirty: boolean; at: number } = { dirty: false, at: 0 }

  constructor(folders: Folders, options: { readonly settings: Settings; readonly log: EventLog }) {
    this.#folders = folders
    this.#settings = options.settings
    this.#log = options.log
  }

  /**
   * Numbers everything that is pending; callers at the same time share one pass, which lets others work in between.
   * True when this process gave a number.
   */
  async pass(): Promise<boolean> {
    this.#running ??= this.#drive().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** The same without letting anybody in between. */
  passNow(): void {
    const steps = this.#steps()
    while (steps.next().done !== true);
  }

  /** Removes what is beyond the limits; see {@link prune}. */
  prune(): PruneReport {
    this.passNow()
    const options = { log: this.#log, settings: this.#settings }
    try {
      return prune(this.#folders, options)
    } catch (error) {
      if (!this.#relieve(error)) throw error
      return prune(this.#folders, options)
    }
  }

  /** Brings `processed.json` up to date if it is not. */
  project(): void {
    if (!this.#projection.dirty) return
    const tmp = join(this.#folders.tmp, `processed-${randomBytes(8).toString('hex')}`)
    replaceFile(join(this.#folders.root, 'processed.json'), `${JSON.stringify({ ids: this.#log.recent })}\n`, {
      tmp,
      sync: false,
    })
    this.#projection = { dirty: false, at: performance.now() }
  }

  async #drive(): Promise<boolean> {
    const before = this.#numbered
    const steps = this.#steps()
    while (steps.next().done !== true) await setImmediate()
    return this.#numbered > before
  }

  *#steps(): Generator<undefined> {
    try {
      yield* this.#work()
    } catch (error) {
      // Somebody has cleared the folder away under us: begin again with what is there.
      if (hasCode(error, 'ENOENT')) this.#loaded = false
      else if (!this.#relieve(error)) throw error
      yield* this.#work()
    }
    if (performance.now() - this.#projection.at > PROJECTION_MS) this.project()
  }

  *#work(): Generator<undefined> {
    this.#open()
    while (!(yield* this.#number()));
    if (performance.now() > this.#pruneAt) {
      this.#pruneAt = performance.now() + PRUNE_MS
      prune(this.#folders, { log: this.#log, settings: this.#settings })
    }
  }

  /** Makes room on a full disk by what nobody reads; false when that is not the matter, or there is nothing. */
  #relieve(error: unknown): boolean {
    const cause = error instanceof Error && hasCode(error.cause, ...FULL) ? error.cause : error
    if (!hasCode(cause, ...FULL)) return false
    const names = readdirSync(this.#folders.archive).filter(isEventFile)
    for (const name of names) remove(join(this.#folders.archive, name))
    return names.length > 0
  }

  #open(): void {
    if (this.#loaded) return
    makeFolders(this.#folders)
    sweep(this.#folders.tmp, this.#settings.now())
    this.#log.load()
    this.#loaded = true
    this.#pruneAt = Math.min(this.#pruneAt, performance.now() + FIRST_PRUNE_MS)
  }

  /** False when it is to be done anew, with what the log then says. */
  *#number(): Generator<undefined, boolean> {
    if (!this.#log.isCurrent()) this.#log.load()
    this.#log.refresh()
    const first = readdirSync(this.#folders.pending).filter(isEventFile)
    if (first.length === 0) return true
    const second = readdirSync(this.#folders.pending).filter(isEventFile)

    let entries: Entry[] = []
    let size = 0
    // An emitter whose next event is not whole waits with all that follow: order before speed.
    const held = new Set<string>()
    for (const name of admissible(first, second)) {
      const { emitter } = originOf(name)
      if (this.#log.has(name)) {
        // Numbered by a process that died before it could put the file away.
        this.#archive([name])
      } else if (emitter === undefined || !held.has(emitter)) {
        const incoming = readIncoming(this.#folders, name, this.#settings.now())
        if (incoming.kind === 'event') {
          entries.push({ name, text: incoming.text })
          size += incoming.text.length
        } else if (incoming.kind === 'refused') {
          quarantine(this.#folders, name, { ...this.#settings, reason: incoming.reason })
        } else if (incoming.kind === 'unfinished' && emitter !== undefined) {
          held.add(emitter)
        }
      }
      if (entries.length >= MAX_SEGMENT_EVENTS || size >= MAX_SEGMENT_CHARS) {
        if (!this.#commit(entries)) return false
        entries = []
        size = 0
        yield
      }
    }
    return this.#commit(entries)
  }

  /** False when this process slept through the removal of old segments: what is pending is to be looked at anew. */
  #commit(entries: readonly Entry[]): boolean {
    let mine = entries
    for (;;) {
      this.#log.refresh()
      mine = mine.filter((entry) => !this.#log.has(entry.name))
      if (mine.length === 0) break
      const outcome = this.#log.append(mine)
      if (outcome === 'stale') return false
      // Losing the number means that another process numbered something, so this ends.
      if (outcome === 'done') {
        this.#numbered += mine.length
        break
      }
    }
    this.#archive(entries.map((entry) => entry.name))
    if (entries.length > 0) this.#projection.dirty = true
    return true
  }

  #archive(names: readonly string[]): void {
    for (const name of names) move(join(this.#folders.pending, name), join(this.#folders.archive, name))
    this.#archived += names.length
    if (this.#archived >= KEPT_IN_ARCHIVE / 10 && names.length > 0) this.#thinOut()
  }

  /** Nothing reads the archive, and names stay in the log: a file that leaves here cannot bring its event back. */
  #thinOut(): void {
    this.#archived = 0
    const names = readdirSync(this.#folders.archive).filter(isEventFile)
    if (names.length <= KEPT_IN_ARCHIVE) return
    for (const name of names.sort().slice(0, -KEPT_IN_ARCHIVE)) remove(join(this.#folders.archive, name))
  }
}

/** Removes what processes that died left half written. */
function sweep(tmp: string, now: Date): void {
  for (const name of readdirSync(tmp)) {
    const path = join(tmp, name)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isFile() === true && now.getTime() - stats.mtimeMs > LEFT_OVER_MS) remove(path)
  }
}
