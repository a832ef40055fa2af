import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fdatasyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { EventsError, hasCode } from './errors.js'
import { idOf } from './file-name.js'
import { readFloor } from './floor.js'
import { type Folders, remove, syncFolder, writeNew } from './folders.js'
import {
  decodeSegment,
  encodeLine,
  type Entry,
  firstOf,
  headOf,
  linesOf,
  type LogRecord,
  segmentName,
} from './segment.js'

const RECENT = 1000

/** The numbered events of one bus: immutable segments whose names are their first numbers. */
export class EventLog {
  readonly #folders: Folders
  #stream = ''
  #first = 1
  #next = 1
  readonly #firsts: number[] = []
  // With their numbers.
  readonly #names = new Map<string, number>()
  #recent: string[] = []

  constructor(folders: Folders) {
    this.#folders = folders
  }

  /** Tells this log from another that may later live in the same folder. */
  get stream(): string {
    return this.#stream
  }

  /** The lowest number that the log holds, or would hold: what is below was removed. */
  get first(): number {
    return this.#first
  }

  /** The numbers with which the segments begin, in order. */
  get firsts(): readonly number[] {
    return this.#firsts
  }

  /** The number that the next event gets. */
  get next(): number {
    return this.#next
  }

  /** The ids of the last 1,000 numbered events, oldest first. */
  get recent(): readonly string[] {
    return this.#recent.slice(-RECENT)
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** Reads the whole log anew. */
  load(): void {
    this.#stream = readStream(this.#folders) ?? makeStream(this.#folders)
    this.#first = readFloor(this.#folders)
    this.#next = this.#first
    this.#firsts.length = 0
    this.#names.clear()
    this.#recent = []
    const firsts = readdirSync(this.#folders.log).map(firstOf)
    for (const first of firsts.filter((n) => n !== undefined).sort((a, b) => a - b)) {
      // Below the floor lies what is being removed, or what a process linked that slept through the removal.
      if (first >= this.#first) this.#take(first)
    }
  }

  /** False when somebody has cleared the folder away, or removed old segments, since it was loaded. */
  isCurrent(): boolean {
    return readStream(this.#folders) === this.#stream && readFloor(this.#folders) === this.#first
  }

  /** Forgets what this process is about to remove. */
  removeBelow(first: number): void {
    if (first <= this.#first) return
    this.#first = first
    this.#firsts.splice(
      0,
      this.#firsts.findIndex((n) => n >= first),
    )
    for (const [name, seq] of this.#names) if (seq < first) this.#names.delete(name)
  }

  /** Takes in what other processes have added since. */
  refresh(): void {
    while (this.#take(this.#next));
  }

  /**
   * Adds events as the next segment. `taken`: another process has that number. `stale`: the log has left that number
   * behind while this process slept, so nothing that it believes about what is pending holds any more.
   *
   * link(2) refuses a name that exists, so it is the compare-and-swap: exactly one process gets a number, readers see
   * a segment whole or not at all, and a process that was stopped for an hour cannot overwrite anything.
   */
  append(entries: readonly Entry[]): 'done' | 'taken' | 'stale' {
    const first = this.#next
    const path = join(this.#folders.log, segmentName(first))
    const tmp = join(this.#folders.tmp, `segment-${randomBytes(8).toString('hex')}`)
    try {
      writeData(tmp, entries.map((entry, n) => encodeLine(first + n, entry)).join(''))
      if (!this.#link(tmp, path)) return 'taken'
      // A number below the floor is free again only because its segment was removed. Nobody reads what lies there.
      if (readFloor(this.#folders) > first) {
        remove(path)
        return 'stale'
      }
      syncFolder(this.#folders.log)
    } finally {
      remove(tmp)
    }
    this.#firsts.push(first)
    this.#note(
      entries.map((entry) => entry.name),
      first,
    )
    this.#next = first + entries.length
    return 'done'
  }

  /**
   * The events of the segment that holds a number, from that number on; none when it is not given yet. Where numbers
   * are missing, because a file is gone, the events after the gap.
   */
  read(from: number): LogRecord[] {
    try {
      return this.#read(from)
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || this.isCurrent()) throw error
      this.load() // removed by another process since
      return this.#read(from)
    }
  }

  #read(from: number): LogRecord[] {
    const before = this.#firsts.findLastIndex((n) => n <= from)
    for (const first of this.#firsts.slice(Math.max(before, 0))) {
      const records = decodeSegment(readFileSync(join(this.#folders.log, segmentName(first)), 'utf8'), { first, from })
      if (records.length > 0) return records
    }
    return []
  }

  #take(first: number): boolean {
    let text: string
    try {
      text = readFileSync(join(this.#folders.log, segmentName(first)), 'utf8')
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false
      throw error
    }
    const lines = linesOf(text)
    if (lines.length === 0) throw new EventsError('DAMAGED', `${segmentName(first)} is empty; put back a copy of it`)
    this.#firsts.push(first)
    this.#note(
      lines.map((line) => headOf(line)?.name),
      first,
    )
    this.#next = first + lines.length
    return true
  }

  #note(names: readonly (string | undefined)[], first: number): void {
    for (const [n, name] of names.entries()) {
      if (name === undefined) continue
      this.#names.set(name, first + n)
      this.#recent.push(idOf(name))
    }
    if (this.#recent.length > 8 * RECENT) this.#recent = this.#recent.slice(-RECENT)
  }

  #link(tmp: string, path: string): boolean {
    try {
      linkSync(tmp, path)
      return true
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
      // NFS may lose the answer to a link that it made, and then refuse the repeated request.
      return statSync(tmp).nlink === 2
    }
  }
}

/** Every line must be on disk before the name that promises it. */
function writeData(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    const bytes = Buffer.from(text)
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function readStream(folders: Folders): string | undefined {
  const path = join(folders.log, 'stream.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  const match = /^\{"version":1,"stream":"([0-9a-f]{16})"\}$/.exec(text.trim())
  if (match?.[1] !== undefined) return match[1]
  throw new EventsError('DAMAGED', `${path} must hold {"version":1,"stream":"<16 hex digits>"}; put back a copy of it`)
}

/** Names the log, unless another process does so first. */
function makeStream(folders: Folders): string {
  const stream = randomBytes(8).toString('hex')
  const tmp = join(folders.tmp, `stream-${stream}`)
  try {
    writeNew(tmp, `${JSON.stringify({ version: 1, stream })}\n`, true)
    linkSync(tmp, join(folders.log, 'stream.json'))
    return stream
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    return readStream(folders) ?? stream
  } finally {
    remove(tmp)
  }
}
