import { existsSync } from 'node:fs'
import { Sleeper } from './doorbell.js'
import { EventsError, messageOf } from './errors.js'
import type { Folders } from './folders.js'
import type { Settings } from './options.js'
import type { Sequencer } from './sequencer.js'

// Nobody waits for these numbers: whoever subscribes numbers by itself. So it is done seldom and many at a time.
const SHORT_PAUSE_MS = 1000
const LONG_PAUSE_MS = 5000

/** Numbers what is pending for as long as its process lives, so that it does not pile up where nobody subscribes. */
export class Numbering {
  readonly #folders: Folders
  readonly #sequencer: Sequencer
  readonly #report: Settings['report']
  readonly #sleeper = new Sleeper(true)
  #closing = false
  #lastProblem = ''
  readonly #done: Promise<void>

  constructor(folders: Folders, options: { readonly sequencer: Sequencer; readonly report: Settings['report'] }) {
    this.#folders = folders
    this.#sequencer = options.sequencer
    this.#report = options.report
    this.#done = this.#run()
  }

  /** Ends after a last look, so that a process that leaves leaves nothing without a number. */
  async close(): Promise<void> {
    this.#closing = true
    this.#sleeper.ring()
    await this.#done
  }

  async #run(): Promise<void> {
    let pause = SHORT_PAUSE_MS
    while (!this.#closing) {
      await this.#sleeper.sleep(pause)
      pause = (await this.#turn()) ? SHORT_PAUSE_MS : Math.min(pause * 2, LONG_PAUSE_MS)
    }
  }

  /** True when there was something to number. A failure is told once and tried again. */
  async #turn(): Promise<boolean> {
    // A project in which nothing happened yet, or that was removed: it is not for an observer to make its folder.
    if (!existsSync(this.#folders.pending)) return false
    try {
      const numbered = await this.#sequencer.pass()
      if (this.#closing) this.#sequencer.project()
      this.#lastProblem = ''
      return numbered
    } catch (cause) {
      const message = messageOf(cause)
      if (message !== this.#lastProblem) {
        this.#lastProblem = message
        this.#report(
          cause instanceof EventsError
            ? cause
            : new EventsError('READ_FAILED', `pending events cannot be numbered: ${message}`, { cause }),
        )
      }
      return false
    }
  }
}
