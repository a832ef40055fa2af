import { readFileSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { openGuard } from '@loki/guard'
import type { Action, Verdict } from '@loki/guard'
import { openPolicies } from '@loki/policies'
import { existingFile } from '../context.js'
import { usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'

export interface PolicyTestOptions {
  readonly command?: string
  readonly file?: string
  readonly contentFrom?: string
  readonly cwd?: string
}

/** Larger contents are refused by the doors that agents use, too. */
const MAX_CONTENT = 8 * 1024 * 1024

/** `loki policy check`: ends with 1 where there are problems. */
export function check(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, args, projectDir } = call
  const file = args[0] === undefined ? undefined : existingFile(args[0])
  const policies = openPolicies({ projectDir, enabled: true, ...(file === undefined ? {} : { file }) })
  const { files, problems } = policies
  const read = files.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
  if (output.json) output.record({ valid: problems.length === 0, files: read, problems })
  else if (problems.length === 0) {
    const names = read.map((path) => relative(process.cwd(), path)).join(', ')
    output.data(
      `${output.color.green('✓ valid')}  ${names === '' ? 'no policy file: the built-in rules and the variables are in force' : names}`,
    )
  } else {
    for (const { file: path, line, column, message } of problems) {
      output.data(`${plain(`${path}:${line}:${column}`)}  ${plain(message)}`)
    }
    output.note(`${countOf(problems.length, 'problem')}. Until it is mended, everything is denied.`)
  }
  return Promise.resolve(problems.length === 0 ? 'done' : 'failed')
}

/** `loki policy test`: exits as the decision says. */
export async function test(call: Call<PolicyTestOptions>): Promise<ExitName | undefined> {
  const { output, projectDir } = call
  // No log and no event bus: nothing that is only tried out is recorded.
  const verdict = await openGuard({ projectDir, enabled: true }).check(actionOf(call))
  if (output.json) {
    const { decision, reason, rule, suggest, violations } = verdict
    output.record({ decision, reason, rule, suggest, violations })
  } else {
    output.data(words(output, verdict))
  }
  if (verdict.decision === 'ALLOW') return 'done'
  return verdict.decision === 'DENY' ? 'denied' : 'waiting'
}

function actionOf({ options, projectDir }: Call<PolicyTestOptions>): Action {
  const { command, file, contentFrom } = options
  const cwd = options.cwd === undefined ? projectDir : resolve(options.cwd)
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) throw usageError(`--cwd ${cwd} is no folder.`)
  const content = contentFrom === undefined ? undefined : contentOf(contentFrom)
  const common = { session: 'policy-test', agent: 'main', host: 'cli', cwd, projectDir } as const
  const carried = content === undefined ? {} : { content }
  if (command !== undefined && file === undefined) {
    return { ...common, kind: 'command', tool: 'command', command, ...carried }
  }
  if (file !== undefined && command === undefined) {
    return { ...common, kind: 'file_write', tool: 'file', paths: [file], ...carried }
  }
  throw usageError('Name one action: --command or --file.', `For example: loki policy test --command 'rm -rf build'`)
}

function contentOf(path: string): string {
  const bytes = readFileSync(path === '-' ? 0 : existingFile(path))
  if (bytes.length > MAX_CONTENT)
    throw usageError(`${path} has ${bytes.length} bytes; at most ${MAX_CONTENT} can be checked.`)
  return bytes.toString('utf8')
}

const WORDS = { ALLOW: 'allowed', DENY: 'denied', REQUIRE_APPROVAL: 'needs approval' } as const

function words(output: Output, verdict: Verdict): string {
  const { color } = output
  const paint = { ALLOW: color.green, DENY: color.red, REQUIRE_APPROVAL: color.yellow }[verdict.decision]
  const lines = [`${paint(WORDS[verdict.decision])}  ${plain(verdict.reason)}`]
  for (const { rule, source } of verdict.violations) {
    lines.push(
      color.dim(
        `  rule ${plain(rule)}${source === undefined ? '' : ` (${source.file}:${source.line}:${source.column})`}`,
      ),
    )
  }
  if (verdict.suggest !== undefined) lines.push(`  instead: ${plain(verdict.suggest)}`)
  return lines.join('\n')
}
