import { statSync } from 'node:fs'
import { describeProblem, openPolicies } from '@loki/policies'
import type { Policies } from '@loki/policies'
import { readConfiguration } from './configuration/configuration.js'
import { configurationFiles } from './configuration/places.js'
import { GuardError } from './errors.js'

export type PolicyPlace = {
  readonly projectDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly enabled: boolean
}

/** The policies that decide now. */
export type PoliciesInForce = {
  readonly policies: Policies
  /** Why they are older than the files: those cannot be used, and the last good policies go on deciding. */
  readonly degraded?: string
}

/**
 * The policies in force: compiled once, and compiled again when a file of theirs or of the configuration was changed, added
 * or removed. A change that cannot be used leaves the last good policies in force; without such ones everything is denied.
 */
export class CurrentPolicies {
  readonly #place: PolicyPlace
  #inForce: PoliciesInForce | undefined
  #files: readonly string[]
  #stamp = ''

  constructor(place: PolicyPlace) {
    this.#place = place
    this.#files = configurationFiles(place.projectDir, place.env)
  }

  /** Why the policies that decided last are older than their files, where they are. */
  get degraded(): string | undefined {
    return this.#inForce?.degraded
  }

  /** Throws a GuardError `BAD_CONFIGURATION` where there are no policies to go by. */
  current(): PoliciesInForce {
    const stamp = stampOf(this.#files)
    if (this.#inForce !== undefined && stamp === this.#stamp) return this.#inForce
    const { files, policies, problem } = this.#read()
    // Of files that were known before, the stamp is from before they were read: one that changes meanwhile is read again.
    this.#stamp = files.join() === this.#files.join() ? stamp : stampOf(files)
    this.#files = files
    this.#inForce = this.#choose(policies, problem)
    return this.#inForce
  }

  #choose(policies: Policies | undefined, problem: GuardError | undefined): PoliciesInForce {
    const last = this.#inForce?.policies
    if (problem !== undefined && last?.problems.length === 0) return { policies: last, degraded: problem.message }
    if (policies !== undefined) return { policies } // with a problem they deny everything and name it
    throw problem ?? new GuardError('BAD_CONFIGURATION', 'There are no policies to go by.')
  }

  #read(): { readonly files: readonly string[]; readonly policies?: Policies; readonly problem?: GuardError } {
    const { projectDir, env, enabled } = this.#place
    try {
      const configuration = readConfiguration(projectDir, env)
      const policies = openPolicies({ projectDir, env: configuration.env, enabled })
      const files = [...configuration.files, ...policies.files]
      const [first] = policies.problems
      if (first === undefined) return { files, policies }
      return { files, policies, problem: new GuardError('BAD_CONFIGURATION', describeProblem(first)) }
    } catch (thrown) {
      if (!(thrown instanceof GuardError)) throw thrown
      return { files: this.#files, problem: thrown }
    }
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
