import { closeSync, constants, existsSync, fstatSync, openSync, readSync, statSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import { AuditError, asAuditError, systemCode } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import type { AuditEntry } from '../types.js'
import { matcherOf } from './matcher.js'
import type { Matcher } from './matcher.js'
import type { AuditQuery } from './query.js'
import { checkedLine, damaged, entryOfLine, lastMatches, linesAt, logFile } from './search.js'

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
 * signal fires. Waits for a log that is not there yet, and goes on in a new file where the log begins one. Throws where
 * the log becomes shorter: nothing of a log is ever taken back.
 */
export async function* followLog(
  path: string,
  query: AuditQuery,
  options: FollowOptions,
): AsyncGenerator<AuditEntry, void, undefined> {
  const { signal, pollMs = 500 } = options
  const matcher = matcherOf(query)
  const changes = new Changes(path, pollMs, signal)
  let open: GrowingFile | undefined
  try {
    const { offsets, end } = await lastMatches(logFile(path), matcher, query.last ?? 0)
    let from = end
    open = GrowingFile.open(logFile(path), from) // before the caller takes its time: the name may come to mean another file
    for (const line of linesAt(logFile(path), offsets)) yield entryOfLine(line)
    while (!signal.aborted) {
      open ??= GrowingFile.open(logFile(path), from)
      if (open !== undefined) {
        yield* open.newEntries(matcher)
        if (open.isReplaced()) {
          yield* open.newEntries(matcher) // what was added before the name was given to another file
          open.close()
          open = undefined
          from = 0
          continue
        }
      }
      await changes.next()
    }
  } finally {
    open?.close()
    changes.close()
  }
}

/** A file that others append to, and how far it was read. */
class GrowingFile {
  readonly #file: string
  readonly #fd: number
  readonly #buffer = Buffer.allocUnsafe(CHUNK + MAX_LINE + 1)
  #offset: number

  private constructor(file: string, offset: number) {
    this.#file = file
    this.#fd = openSync(file, constants.O_RDONLY)
    this.#offset = offset
  }

  /** Undefined where there is no file. */
  static open(file: string, offset: number): GrowingFile | undefined {
    try {
      return new GrowingFile(file, offset)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
    }
  }

  *newEntries(matcher: Matcher): Generator<AuditEntry, void, undefined> {
    const { size } = fstatSync(this.#fd)
    if (size < this.#offset) throw this.#shorter(size)
    for (;;) {
      const got = readSync(this.#fd, this.#buffer, 0, this.#buffer.length, this.#offset)
      const block = this.#buffer.subarray(0, got)
      const whole = block.lastIndexOf(0x0a) + 1
      if (whole === 0) {
        if (got > MAX_LINE) throw damaged(this.#file, this.#offset)
        return
      }
      const base = this.#offset
      this.#offset += whole
      for (let start = 0; start < whole;) {
        const end = block.indexOf(0x0a, start)
        const place = { file: this.#file, offset: base + start }
        const line = checkedLine(block, [start, end], place)
        if (matcher.matches(block, start, end) === true) yield entryOfLine(line)
        start = end + 1
      }
    }
  }

  /** Whether the name leads to another file now. */
  isReplaced(): boolean {
    const now = statSync(this.#file, { throwIfNoEntry: false })
    return now !== undefined && now.ino !== fstatSync(this.#fd).ino
  }

  close(): void {
    closeSync(this.#fd)
  }

  #shorter(size: number): AuditError {
    return new AuditError(
      'LOG_DAMAGED',
      `expected ${this.#file} to grow from ${this.#offset} bytes, but it is ${size} bytes long: it was cut; verify it and keep it as evidence`,
    )
  }
}

/** Tells when a folder may have changed: when the system says so, and in any case after a while. */
class Changes {
  readonly #path: string
  readonly #pollMs: number
  readonly #signal: AbortSignal
  #watcher: FSWatcher | undefined
  #changed = false
  #wake: (() => void) | undefined

  constructor(path: string, pollMs: number, signal: AbortSignal) {
    this.#path = path
    this.#pollMs = pollMs
    this.#signal = signal
  }

  async next(): Promise<void> {
    if (existsSync(logFile(this.#path))) this.#watcher ??= this.#watch()
    if (!this.#changed && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          this.#signal.removeEventListener('abort', wake)
          resolve()
        }
        const timer = setTimeout(wake, this.#pollMs)
        this.#signal.addEventListener('abort', wake, { once: true })
        this.#wake = wake
      })
    }
    this.#changed = false
  }

  close(): void {
    this.#watcher?.close()
  }

  /** Undefined where the system cannot watch: its watches are used up, or the file system has none. */
  #watch(): FSWatcher | undefined {
    try {
      const watcher = watch(dirname(logFile(this.#path)), () => {
        this.#changed = true
        this.#wake?.()
      })
      watcher.on('error', () => {
        watcher.close()
        this.#watcher = undefined
      })
      return watcher
    } catch {
      return undefined
    }
  }
}
