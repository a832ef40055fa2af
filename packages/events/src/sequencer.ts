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
import type { Entry } from './segment.js'

const MAX_SEGMENT_EVENTS = 1000
const MAX_SEGMENT_CHARS = 8 * 1024 * 1024
const KEPT_IN_ARCHIVE = 10_000
const PROJECTION_MS = 1000
const LEFT_OVER_MS = 3_600_000

/** Gives pending events their numbers. Any process may do it, any number at once: {@link EventLog.append} decides. */
export class Sequencer {
  readonly #folders: Folders
  readonly #settings: Settings
  readonly #log: EventLog
  #running: Promise<void> | undefined
  #loaded = false
  #archived = KEPT_IN_ARCHIVE
  #projection: { dirty: boolean; at: number } = { dirty: false, at: 0 }

  constructor(folders: Folders, options: { readonly settings: Settings; readonly log: EventLog }) {
    this.#folders = folders
    this.#settings = options.settings
    this.#log = options.log
  }

  /** Numbers everything that is pending; callers at the same time share one pass, which lets others work in between. */
  async pass(): Promise<void> {
    this.#running ??= this.#drive().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  /** The same without letting anybody in between. */
  passNow(): void {
    const steps = this.#steps()
    while (steps.next().done !== true);
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

  async #drive(): Promise<void> {
    const steps = this.#steps()
    while (steps.next().done !== true) await setImmediate()
  }

  *#steps(): Generator<undefined> {
    this.#open()
    try {
      yield* this.#number()
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
      // Somebody has cleared the folder away under us: begin again with what is there.
      this.#loaded = false
      this.#open()
      yield* this.#number()
    }
    if (performance.now() - this.#projection.at > PROJECTION_MS) this.project()
  }

  #open(): void {
    if (this.#loaded) return
    makeFolders(this.#folders)
    sweep(this.#folders.tmp, this.#settings.now())
    this.#log.load()
    this.#loaded = true
  }

  *#number(): Generator<undefined> {
    if (!this.#log.isCurrent()) this.#log.load()
    this.#log.refresh()
    const first = readdirSync(this.#folders.pending).filter(isEventFile)
    if (first.length === 0) return
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
        this.#commit(entries)
        entries = []
        size = 0
        yield
      }
    }
    this.#commit(entries)
  }

  #commit(entries: readonly Entry[]): void {
    let mine = entries
    for (;;) {
      this.#log.refresh()
      mine = mine.filter((entry) => !this.#log.has(entry.name))
      // Losing the number means that another process numbered something, so this ends.
      if (mine.length === 0 || this.#log.append(mine)) break
    }
    this.#archive(entries.map((entry) => entry.name))
    if (entries.length > 0) this.#projection.dirty = true
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
