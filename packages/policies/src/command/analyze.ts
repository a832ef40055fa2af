import { parse } from 'unbash'
import { homedir } from 'node:os'
import type { AnalysisError, CommandAnalysis } from './analysis.js'
import type { ShellState } from './state.js'
import { LimitReached, Walker } from './walker.js'

/** Where a script would run. */
export interface AnalyzeOptions {
  /** Absolute folder the shell starts in. */
  readonly cwd: string
  /** What `~` and `$HOME` mean; default the home folder of this user. */
  readonly home?: string
}

const MAX_SCRIPT = 65_536
const MAX_NESTING = 64
// The parser looks for the end of each one to the end of the script.
const MAX_HEREDOCS = 256

/**
 * Says what a shell script would do: innermost commands, files, and what cannot be known. Runs nothing, reads nothing.
 *
 * Never throws; a script with `errors` was not understood to its end and must not be trusted.
 */
export function analyzeCommand(script: string, options: AnalyzeOptions): CommandAnalysis {
  const walker = new Walker()
  const refused = refuse(script)
  if (refused === undefined) {
    const state: ShellState = {
      cwds: [options.cwd],
      home: options.home ?? homedir(),
      variables: new Map(),
      functions: new Map(),
      aliases: new Map(),
      positional: undefined,
      descriptors: new Map(),
      locals: undefined,
      errexit: false,
      remote: false,
    }
    try {
      walker.script(parse(script), state)
      walker.finish(state)
    } catch (error) {
      walker.errors.push(limitOf(error))
    }
  } else walker.errors.push(refused)
  return {
    commands: walker.commands,
    writes: walker.uses.filter((use) => use.access !== 'read'),
    reads: walker.uses.filter((use) => use.access === 'read'),
    opaque: walker.opaqueParts,
    variables: walker.variables,
    downloadsRun: walker.downloadsRun,
    errors: walker.errors,
    forkBomb: walker.forkBomb,
  }
}

// The parser's time grows faster than the text where brackets nest, so both are bounded before it starts.
function refuse(script: string): AnalysisError | undefined {
  if (script.length > MAX_SCRIPT)
    return {
      kind: 'too_large',
      message: `the script has ${script.length} characters; at most ${MAX_SCRIPT} are read. Put it into a file`,
    }
  if (script.includes('\0')) return { kind: 'nul_byte', message: 'the script holds a NUL byte, which no shell takes' }
  if (script.split('<<').length > MAX_HEREDOCS)
    return {
      kind: 'too_large',
      message: `the script has more than ${MAX_HEREDOCS} here-documents; put them into files`,
    }
  let depth = 0
  for (let at = 0; at < script.length; at += 1) {
    const code = script.charCodeAt(at)
    if (code === 40 || code === 123) depth += 1
    else if ((code === 41 || code === 125) && depth > 0) depth -= 1
    if (depth > MAX_NESTING)
      return { kind: 'too_deep', message: `the script nests brackets deeper than ${MAX_NESTING} levels; flatten it` }
  }
  return undefined
}

function limitOf(error: unknown): AnalysisError {
  if (error instanceof LimitReached) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  return { kind: 'unparseable', message: `the script cannot be read: ${detail}` }
}
