import { existsSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname } from 'node:path'

/** Tells when a folder may have changed: when the system says so, and in any case after a while. */
export class Changes {
  readonly #file: () => string
  readonly #pollMs: number
  readonly #signal: AbortSignal
  #watcher: FSWatcher | undefined
  #changed = false
  #wake: (() => void) | undefined

  /** `file` names the log, which need not be there yet. */
  constructor(file: () => string, { pollMs, signal }: { readonly pollMs: number; readonly signal: AbortSignal }) {
    this.#file = file
    this.#pollMs = pollMs
    this.#signal = signal
  }

  async next(): Promise<void> {
    if (existsSync(this.#file())) this.#watcher ??= this.#watch()
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
      const watcher = watch(dirname(this.#file()), () => {
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
