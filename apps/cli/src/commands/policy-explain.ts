import { openPolicies } from '@loki/policies'
import type { ExplainedRule, Explanation } from '@loki/policies'
import type { ExitName } from '../exit.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { actionOf } from './policy-action.js'
import type { PolicyActionOptions } from './policy-action.js'

export interface PolicyExplainOptions extends PolicyActionOptions {
  readonly all?: boolean
}

/** `loki policy explain`: exits as the decision says. */
export function explain(call: Call<PolicyExplainOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const explanation = openPolicies({ projectDir, enabled: true }).explain(actionOf(call))
  const { evaluation, rules } = explanation
  const shown = options.all === true ? rules : rules.filter(({ outcome }) => SAYING.has(outcome))
  if (output.json) output.record({ ...explanation, rules: shown })
  else output.data(words(output, explanation, shown))
  const exits = { ALLOW: 'done', DENY: 'denied', REQUIRE_APPROVAL: 'waiting' } as const
  return Promise.resolve(exits[evaluation.decision])
}

/** Outcomes that have a part in the decision; of the others there are many, and they say nothing. */
const SAYING: ReadonlySet<ExplainedRule['outcome']> = new Set(['matched', 'lifted', 'shadow', 'covers', 'replaced'])

function words(output: Output, { path }: Explanation, rules: readonly ExplainedRule[]): string {
  const { color } = output
  const lines = path.map((line) => plain(line))
  for (const rule of rules) {
    lines.push('', `${color.bold(plain(rule.name))}  ${rule.outcome.replaceAll('_', ' ')}  ${color.dim(rule.level)}`)
    for (const { field, wanted, found, answer } of rule.compared) {
      lines.push(`  ${plain(field)}: wants ${plain(wanted)}, found ${plain(found)} ${color.dim(`(${answer})`)}`)
    }
  }
  return lines.join('\n')
}
