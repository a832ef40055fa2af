import { type FSWatcher, watch } from 'node:fs'

/** A sleep that a ring cuts short; a ring in between two sleeps is not lost. */
export class Sleeper {
  readonly #unref: boolean
  #rung = false
  #wake: (() => void) | undefined

  constructor(unref: boolean) {
    this.#unref = unref
  }

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        if (this.#unref) timer.unref()
        this.#wake = (): void => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    this.#rung = false
  }
}

/**
 * Wakes subscriptions when something changes in a folder. Only a convenience: the system drops notices under load and
 * gives none on network folders, so every subscription also looks by itself.
 */
export class Doorbell {
  readonly #folders: readonly string[]
  readonly #sleepers = new Set<Sleeper>()
  #watchers: FSWatcher[] = []

  constructor(folders: readonly string[]) {
    this.#folders = folders
  }

  add(sleeper: Sleeper): void {
    this.#sleepers.add(sleeper)
    if (this.#watchers.length === 0) this.#open()
  }

  remove(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper)
    if (this.#sleepers.size === 0) this.#close()
  }

  ring(): void {
    for (const sleeper of this.#sleepers) sleeper.ring()
  }

  #open(): void {
    try {
      for (const folder of this.#folders) {
        const watcher = watch(folder, { persistent: false }, () => {
          this.ring()
        })
        watcher.on('error', () => {
          watcher.close()
        })
        this.#watchers.push(watcher)
      }
    } catch {
      // No watchers left on this system, or none on this file system: the timers do it.
      this.#close()
    }
  }

  #close(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }
}
