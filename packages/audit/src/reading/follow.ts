import { fstatSync, statSync } from 'node:fs'
import { AuditError, asAuditError } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { readLink } from '../format/read-link.js'
import { sharedSource } from '../chain/source.js'
import { headAt, wholeEnd } from '../chain/tail.js'
import { damagedLine } from '../segments/damage.js'
import { logBlocks } from '../segments/lines.js'
import type { LineBlock } from '../segments/lines.js'
import { readOpening } from '../segments/opening.js'
import { LogView } from '../segments/view.js'
import type { AuditEntry } from '../types.js'
import { Changes } from './changes.js'
import { matcherOf } from './matcher.js'
import type { Matcher } from './matcher.js'
import type { AuditQuery } from './query.js'
import { checkedLine, entryOfLine, lastMatches, linesAt, logFile, spansOf } from './search.js'

/** How to follow a log. */
export interface FollowOptions {
  /** Ends the following. */
  readonly signal: AbortSignal
  /** How often to look where the system reports no changes, in milliseconds. Default 500. */
  readonly pollMs?: number
}

const CHUNK = 256 * 1024

/**
 * Streams the last entries of a log that answer a query (`query.last`, default none) and then each new one, until the
 * signal fires. Waits for a log that is not there yet, goes on from segment to segment, and in a new log where the folder
 * begins one. Throws where the log becomes shorter: nothing of a log is ever taken back.
 */
export async function* followLog(
  path: string,
  query: AuditQuery,
  options: FollowOptions,
): AsyncGenerator<AuditEntry, void, undefined> {
  const { signal, pollMs = 500 } = options
  const matcher = matcherOf(query)
  const changes = new Changes(() => logFile(path), { pollMs, signal })
  let open: Following | undefined
  try {
    open = Following.open(logFile(path), matcher)
    if (open !== undefined) yield* open.last(query.last ?? 0)
    while (!signal.aborted) {
      if (open === undefined) {
        open = Following.open(logFile(path), matcher)
        if (open !== undefined) yield* open.from(0) // it may have closed segments by the time it is found
      }
      if (open !== undefined) {
        yield* open.newEntries()
        if (open.isReplaced()) {
          yield* open.newEntries() // what was added before the name was given to another file
          const next = Following.open(open.file, matcher)
          const from = open.next ?? 0
          open.close()
          open = next
          if (next !== undefined) yield* next.from(from)
          continue
        }
      }
      await changes.next()
    }
  } catch (error) {
    throw asAuditError(error, 'READ_FAILED', `expected to follow ${logFile(path)}`)
  } finally {
    open?.close()
    changes.close()
  }
}

/** A log as it was when it was opened, whose open segment others append to, and how far it was read. */
class Following {
  readonly #view: LogView
  readonly #matcher: Matcher
  readonly #buffer = Buffer.allocUnsafe(CHUNK + MAX_LINE + 1)
  #offset = 0
  #next: number | undefined

  private constructor(view: LogView, matcher: Matcher) {
    this.#view = view
    this.#matcher = matcher
  }

  /** Undefined where there is no file. */
  static open(file: string, matcher: Matcher): Following | undefined {
    const view = LogView.open(file)
    return view && new Following(view, matcher)
  }

  get file(): string {
    return this.#view.file
  }

  /** `seq` of the entry behind the last one that was read; undefined while nothing was. */
  get next(): number | undefined {
    return this.#next
  }

  /** The last matches; what was not whole yet when this began is left to `newEntries`. */
  async *last(wanted: number): AsyncGenerator<AuditEntry, void, undefined> {
    const { fd, file } = this.#view
    const end = wholeEnd(fd, fstatSync(fd).size)
    const matches = await lastMatches(this.#view, this.#matcher, { wanted, end })
    this.#offset = end
    if (end > 0) this.#next = headAt(fd, end, file).next
    for (const line of linesAt(matches)) yield entryOfLine(line)
  }

  /** Everything from an entry on, of a log that was opened again; all of it where it is a new log. */
  async *from(seq: number): AsyncGenerator<AuditEntry, void, undefined> {
    const source = sharedSource(this.#view.fd)
    const first = readOpening(source)?.seq
    if (first === undefined || first === 0) return // from the beginning of its open segment
    for await (const block of logBlocks(this.#view, { from: seq })) yield* this.#entriesOf(block)
  }

  *newEntries(): Generator<AuditEntry, void, undefined> {
    const { size } = fstatSync(this.#view.fd)
    if (size < this.#offset) throw this.#shorter(size)
    const segment = this.#view.segments.at(-1)
    if (segment === undefined) return
    const source = sharedSource(this.#view.fd)
    for (;;) {
      const buffer = this.#buffer
      const got = source.read(buffer, { at: 0, length: buffer.length, position: this.#offset })
      const whole = buffer.subarray(0, got).lastIndexOf(0x0a) + 1
      if (whole === 0) {
        if (got > MAX_LINE) throw damagedLine(segment, this.#offset)
        return
      }
      yield* this.#entriesOf({ segment, buffer, size: whole, base: this.#offset })
    }
  }

  /** Whether the name leads to another file now. */
  isReplaced(): boolean {
    const now = statSync(this.#view.file, { throwIfNoEntry: false })
    return now !== undefined && now.ino !== fstatSync(this.#view.fd).ino
  }

  close(): void {
    this.#view.close()
  }

  *#entriesOf(block: LineBlock): Generator<AuditEntry, void, undefined> {
    const { segment, buffer, size, base } = block
    // Everything is told in full before it is handed out: a reader that takes its time must not find other bytes here.
    const lines: string[] = []
    const spans = spansOf(block, this.#matcher)
    for (let index = 0; index < spans.length; index += 2) {
      const start = spans[index] ?? 0
      lines.push(checkedLine(buffer, [start, spans[index + 1] ?? 0], { segment, offset: base + start }))
    }
    this.#took(block)
    if (segment.isOpen) this.#offset = base + size
    for (const line of lines) yield entryOfLine(line)
  }

  #took({ buffer, size, segment, base }: LineBlock): void {
    const start = buffer.lastIndexOf(0x0a, size - 2) + 1
    const link = readLink(buffer, start, size - 1)
    if (link === undefined) throw damagedLine(segment, base + start)
    this.#next = link.seq + 1
  }

  #shorter(size: number): AuditError {
    return new AuditError(
      'LOG_DAMAGED',
      `expected ${this.#view.file} to grow from ${this.#offset} bytes, but it is ${size} bytes long: it was cut; verify it and keep it as evidence`,
    )
  }
}
