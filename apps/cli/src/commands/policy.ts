import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { openGuard } from '@loki/guard'
import type { Verdict } from '@loki/guard'
import { openPolicies } from '@loki/policies'
import type { PolicyProblem } from '@loki/policies'
import { existingFile } from '../context.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { actionOf } from './policy-action.js'
import type { PolicyActionOptions } from './policy-action.js'

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
    output.data(describeProblems(problems))
    output.note(`${countOf(problems.length, 'problem')}. Until it is mended, everything is denied.`)
  }
  return Promise.resolve(problems.length === 0 ? 'done' : 'failed')
}

/** Every problem on a line, with its place. */
export function describeProblems(problems: readonly PolicyProblem[]): string {
  return problems
    .map(({ file, line, column, message }) => `${plain(`${file}:${line}:${column}`)}  ${plain(message)}`)
    .join('\n')
}

/** `loki policy test`: exits as the decision says. */
export async function test(call: Call<PolicyActionOptions>): Promise<ExitName | undefined> {
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
