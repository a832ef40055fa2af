import { CommanderError } from 'commander'
import { CliError, exitCodes } from './exit.js'
import type { ExitName } from './exit.js'
import { openOutput } from './output.js'
import { buildProgram } from './program.js'
import { jsonLine, plain } from './text.js'

/** Runs the command line and gives the exit code. Never throws: failures are told in words, or in JSON with `--json`. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json')
  // `loki audit log | head` ends when head has seen enough; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed)
  })
  try {
    const program = buildProgram({ json })
    if (argv.length <= 2) program.outputHelp()
    else await program.parseAsync([...argv])
    return Number(process.exitCode ?? exitCodes.done)
  } catch (thrown) {
    if (thrown instanceof CommanderError) return afterUsage(thrown, json)
    tell(thrown, json)
    return exitCodes[exitOf(thrown)]
  }
}

/** Commander has printed help or what is wrong; every wrong usage is one exit code. */
function afterUsage(error: CommanderError, json: boolean): number {
  if (error.exitCode === 0) return exitCodes.done
  if (json) writeError({ code: 'USAGE', message: error.message.replace(/^error: /, '') })
  return exitCodes.usage
}

function tell(thrown: unknown, json: boolean): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const code = codeOf(error)
  const next = error instanceof CliError ? error.next : undefined
  if (json) {
    writeError({ code, message: error.message, ...(next === undefined ? {} : { next }) })
  } else {
    const { error: write, noteColor } = openOutput({ json })
    write(`${noteColor.red('error:')} ${error.message.split('\n').map(plain).join('\n')}`)
    if (next !== undefined) write(noteColor.dim(next))
  }
  const debug = process.env.LOKI_DEBUG
  if (debug !== undefined && debug !== '' && debug !== '0') process.stderr.write(`${error.stack ?? ''}\n`)
}

function writeError(error: { readonly code: string; readonly message: string; readonly next?: string }): void {
  process.stderr.write(`${jsonLine({ error })}\n`)
}

/** Codes of the packages that mean: what was given on the command line or in a variable cannot be right. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'INVALID_SETTING', // @loki/audit, @loki/costs
  'BAD_CONFIGURATION', // @loki/guard, and the following
  'UNKNOWN_HOST',
  'BAD_OPTION', // @loki/events, and @loki/runner with the following
  'BAD_PRD',
  'BAD_GATES',
  'BAD_REPLAY',
  'UNKNOWN_PROVIDER',
])

function exitOf(thrown: unknown): ExitName {
  if (thrown instanceof CliError) return thrown.exit
  return thrown instanceof Error && USAGE_CODES.has(codeOf(thrown)) ? 'usage' : 'failed'
}

/** Every error class of ours carries a stable code; what has none was not foreseen. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL'
}
