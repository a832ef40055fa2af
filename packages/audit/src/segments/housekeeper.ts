import { existsSync } from 'node:fs'
import { tryLock } from '../lock/lock.js'
import type { SegmentLimits } from '../settings.js'
import type { AuditInput } from '../types.js'
import { compressSegments } from './compress.js'
import { segmentsFolder } from './names.js'
import { pruneSegments } from './prune.js'
import { closedSegments } from './view.js'

interface HousekeeperOptions {
  readonly submit: (input: AuditInput) => Promise<{ readonly seq: number }>
  readonly now: () => Date
  readonly segments: SegmentLimits
}

/**
 * Compresses and prunes closed segments beside the writer's work. What fails here, for want of room above all, is done again
 * after the next rotation or by the next writer; no record waits for it.
 */
export class Housekeeper {
  readonly #file: string
  readonly #options: HousekeeperOptions
  readonly #stopping = new AbortController()
  #work: Promise<void> | undefined
  #isAsked = false

  constructor(file: string, options: HousekeeperOptions) {
    this.#file = file
    this.#options = options
  }

  /** Looks whether there is something to do. */
  start(): void {
    this.#isAsked = true
    if (this.#work !== undefined || this.#stopping.signal.aborted || !existsSync(segmentsFolder(this.#file))) return
    this.#work = this.#run().finally(() => {
      this.#work = undefined
    })
  }

  /** Ends what is under way at the next place where it can be left. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#work
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (this.#isAsked && !signal.aborted) {
      this.#isAsked = false
      try {
        await this.#once(signal)
      } catch {
        // The log itself is not touched by any of it.
      }
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    const closed = closedSegments(this.#file)
    const hasPlain = closed.some(({ isCompressed }) => !isCompressed)
    if (!hasPlain && closed.length <= this.#options.segments.maxFiles) return
    // Whoever prunes from another process holds it.
    const lock = await tryLock(segmentsFolder(this.#file))
    if (lock === undefined) return
    try {
      await compressSegments(this.#file, signal)
      if (signal.aborted) return
      const { submit, now, segments } = this.#options
      await pruneSegments(this.#file, { limits: segments, now: now(), record: submit })
    } finally {
      await lock.release()
    }
  }
}
