import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from '../../process.js'
import { findProgram } from '../../processes/program.js'

export interface ScannerOptions {
  readonly projectDir: string
  readonly scratchDir: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** What the scanners of others said. */
export interface ScannersResult {
  /** One sentence for each that found something or broke. */
  readonly failures: readonly string[]
  readonly ran: readonly string[]
  /** One note for each that was left out, with why. */
  readonly skipped: readonly string[]
  readonly output: string
}

const limitMs = 5 * 60_000
const maxOutput = 12 * 1024
// gitleaks ends with 1 for its own errors too; a number of ours tells findings from them.
const leaksFound = 3

/**
 * Has the new lines looked through by gitleaks, where it is installed. It works without a network; npm audit, osv-scanner and
 * semgrep ask a server for what they look for, and are named as left out. A scanner that broke is a failure.
 */
export async function runScanners(added: string, options: ScannerOptions): Promise<ScannersResult> {
  const skipped = [...needNetwork(options)].map((name) => `${name} needs the network and was not run`)
  const { env, scratchDir, signal } = options
  const command = findProgram('gitleaks', env)
  if (command === undefined) {
    return { failures: [], ran: [], skipped: ['gitleaks is not installed', ...skipped], output: '' }
  }
  const limit = AbortSignal.timeout(limitMs)
  const result = await runProcess({
    command,
    // From a folder of ours: a .gitleaks.toml, a .gitleaksignore or a comment of the project's waives nothing.
    args: [
      'stdin',
      '--no-banner',
      '--redact',
      '--verbose',
      '--ignore-gitleaks-allow',
      '--exit-code',
      String(leaksFound),
    ],
    cwd: scratchDir,
    env,
    stdin: added,
    signal: AbortSignal.any([signal, limit]),
    maxOutputBytes: maxOutput,
  })
  const failures =
    result.exitCode === 0
      ? []
      : result.exitCode === leaksFound
        ? ['gitleaks found secrets']
        : [
            `gitleaks could not be run: ${limit.aborted ? 'it took too long' : `exit code ${result.exitCode ?? 'none'}`}`,
          ]
  return {
    failures,
    ran: ['gitleaks'],
    skipped,
    output: failures.length === 0 ? '' : `${result.stdout}${result.stderr}`,
  }
}

function* needNetwork({ projectDir, env }: ScannerOptions): Generator<string> {
  if (existsSync(join(projectDir, 'package-lock.json')) && findProgram('npm', env) !== undefined) yield 'npm audit'
  for (const name of ['osv-scanner', 'semgrep']) if (findProgram(name, env) !== undefined) yield name
}
