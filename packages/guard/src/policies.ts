import { statSync } from 'node:fs'
import { openPolicies } from '@loki/policies'
import type { Policies, PolicyOptions } from '@loki/policies'

/** The policies in force now: compiled once, and compiled again when one of their files was changed, added or removed. */
export class CurrentPolicies {
  readonly #options: PolicyOptions
  #policies: Policies | undefined
  #stamp = ''

  constructor(options: PolicyOptions) {
    this.#options = options
  }

  current(): Policies {
    if (this.#policies === undefined || stampOf(this.#policies.files) !== this.#stamp) {
      // Stamped before and after: a file that changes while it is read is read again at the next action.
      const before = this.#policies === undefined ? '' : stampOf(this.#policies.files)
      this.#policies = openPolicies(this.#options)
      this.#stamp = before === '' ? stampOf(this.#policies.files) : before
    }
    return this.#policies
  }
}

/** Size, inode and times of the files. A change that keeps all of them is not noticed; inode and ctime make that hard. */
function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stats = statSync(file, { throwIfNoEntry: false })
      return stats === undefined ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`
    })
    .join('|')
}
