import type { PolicyProblem } from '../problem.js'

/** How the entries of a variable are told apart, and where what is wrong with it goes. */
export interface ListSyntax {
  readonly separator: RegExp
  readonly problems: PolicyProblem[]
  /** Why one entry cannot be meant; undefined where it can. */
  readonly refuse?: (entry: string) => string | undefined
}

const MAX_ENTRIES = 256

/** The entries of a variable; undefined where it is unset, empty or blank. */
export function readList(env: NodeJS.ProcessEnv, name: string, syntax: ListSyntax): readonly string[] | undefined {
  const value = env[name]?.trim()
  if (value === undefined || value === '') return undefined
  const { separator, problems, refuse } = syntax
  const entries = value.split(separator).map((entry) => entry.trim())
  if (entries.length > MAX_ENTRIES)
    problems.push(problemOf(name, `has ${entries.length} entries; at most ${MAX_ENTRIES} are read`))
  else if (entries.includes('')) problems.push(problemOf(name, 'has an empty entry; take the extra comma away'))
  else if (value.includes('\0')) problems.push(problemOf(name, 'holds a NUL byte'))
  else
    for (const entry of entries) {
      const reason = refuse?.(entry)
      if (reason !== undefined) problems.push(problemOf(name, `"${entry.slice(0, 80)}" ${reason}`))
    }
  return entries
}

/** What is wrong with a variable. */
export function problemOf(name: string, message: string): PolicyProblem {
  return { file: name, line: 0, column: 0, message, code: 'invalid_variable' }
}
