import { openPolicies } from '@loki/policies'
import type { RuleInForce } from '@loki/policies'
import { existingFile } from '../context.js'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { describeProblems } from './policy.js'

/** A rule that is in force under one policy only, or in another way under the other. */
interface RuleChange {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** What of it differs, before and after. */
  readonly fields: Readonly<Record<string, readonly [before: unknown, after: unknown]>>
}

/** `loki policy diff`: ends with 1 where rules differ. */
export function diff(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, args } = call
  const [before, after] = args.length > 1 && args[1] !== undefined ? args : [undefined, args[0]]
  const changes = changesOf(rulesOf(call, before), rulesOf(call, after))
  if (output.json) output.record({ changes })
  else if (changes.length === 0) output.note('The same rules are in force.')
  else output.data(changes.map((change) => words(output, change)).join('\n'))
  return Promise.resolve(changes.length === 0 ? 'done' : 'failed')
}

function rulesOf({ projectDir }: Call<unknown>, named: string | undefined): readonly RuleInForce[] {
  const file = named === undefined ? undefined : existingFile(named)
  const policies = openPolicies({ projectDir, enabled: true, ...(file === undefined ? {} : { file }) })
  if (policies.problems.length === 0) return policies.describe()
  throw new CliError('BAD_POLICY', describeProblems(policies.problems), { next: 'Mend it: loki policy check' })
}

const FIELDS = ['point', 'action', 'conditions', 'severity', 'mode', 'overridable', 'level'] as const

function changesOf(before: readonly RuleInForce[], after: readonly RuleInForce[]): readonly RuleChange[] {
  const [old, now] = [byName(before), byName(after)]
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name): RuleChange[] => {
    const [was, is] = [old.get(name), now.get(name)]
    const fields = Object.fromEntries(
      FIELDS.filter((field) => JSON.stringify(was?.[field]) !== JSON.stringify(is?.[field])).map((field) => [
        field,
        [was?.[field] ?? null, is?.[field] ?? null] as const,
      ]),
    )
    if (was === undefined) return [{ name, change: 'added', fields }]
    if (is === undefined) return [{ name, change: 'removed', fields }]
    return Object.keys(fields).length === 0 ? [] : [{ name, change: 'changed', fields }]
  })
}

function byName(rules: readonly RuleInForce[]): ReadonlyMap<string, RuleInForce> {
  return new Map(rules.map((rule) => [rule.name, rule]))
}

function words({ color }: Output, { name, change, fields }: RuleChange): string {
  const head = { added: color.green('+'), removed: color.red('-'), changed: color.yellow('~') }[change]
  const lines = Object.entries(fields).map(([field, [before, after]]) => {
    const [was, is] = [plain(text(before)), plain(text(after))]
    return `    ${field}: ${change === 'added' ? is : change === 'removed' ? was : `${was} -> ${is}`}`
  })
  return [`${head} ${plain(name)}`, ...lines].join('\n')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
