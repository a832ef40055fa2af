import { searchLog } from '@loki/audit'
import type { AuditEntry } from '@loki/audit'
import { openPolicies } from '@loki/policies'
import type { Decision, Policies, PolicyInput } from '@loki/policies'
import { existingFile } from '../context.js'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf, timeOf } from '../format.js'
import { table } from '../output.js'
import type { Call } from '../program/define.js'
import { queryOf } from './audit-query.js'
import type { AuditQueryOptions } from './audit-query.js'
import { onRecord } from './audit-reading.js'
import { describeProblems } from './policy.js'

export type PolicyReplayOptions = Pick<AuditQueryOptions, 'session' | 'since' | 'until' | 'who'>

/** A recorded action that the new policy would have judged in another way. */
interface Change {
  readonly seq: number
  readonly timestamp: string
  readonly who: string
  readonly where: string | null
  readonly was: Decision
  readonly wouldBe: Decision
  /** The rule that decided then, and the one that would decide now. */
  readonly ruleThen: string | null
  readonly ruleNow: string | null
  readonly reason: string
}

interface Replayed {
  readonly actions: number
  readonly changes: readonly Change[]
  /** Actions that cannot be judged again: content is never recorded, and long or secret texts not whole. */
  readonly unknown: number
}

/** From the mildest to the strictest. */
const DECISIONS: readonly Decision[] = ['ALLOW', 'REQUIRE_APPROVAL', 'DENY']
/** What `redact` leaves in a text, and what is left of one that was too long for the record. */
const NOT_WHOLE = /\[[a-z0-9_]+:[0-9a-f]{6,}\]|… \[\d+ characters\]$/

/** `loki policy replay`: ends with 1 where something would change. */
export async function replay(call: Call<PolicyReplayOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const file = args[0] === undefined ? undefined : existingFile(args[0])
  const policies = openPolicies({ projectDir, enabled: true, ...(file === undefined ? {} : { file }) })
  if (policies.problems.length > 0) {
    throw new CliError('BAD_POLICY', describeProblems(policies.problems), { next: 'Mend it: loki policy check' })
  }
  const query = { ...queryOf(options), what: 'action.decided' }
  let exit: ExitName | undefined
  await onRecord({ output, projectDir, reading: { command: 'policy replay', query } }, async (dir) => {
    const result = await replayed(searchLog(dir, query), policies, projectDir)
    exit = result.changes.length > 0 ? 'failed' : undefined
    const print = (): void => {
      if (output.json) output.record(result)
      else told(call, result)
    }
    return { entries: result.actions, print }
  })
  return exit
}

async function replayed(entries: AsyncIterable<AuditEntry>, policies: Policies, projectDir: string): Promise<Replayed> {
  const changes: Change[] = []
  let actions = 0
  let unknown = 0
  for await (const entry of entries) {
    actions += 1
    const was = DECISIONS.find((decision) => decision === entry.metadata?.decision)
    const input = inputOf(entry, projectDir)
    if (was === undefined || input === undefined) {
      unknown += 1
      continue
    }
    const { decision, rule, reason } = policies.decide(input.action)
    if (decision === was) continue
    // A stricter answer to a part holds for the whole; a milder one may have lost what was objected to.
    if (!input.isWhole && DECISIONS.indexOf(decision) < DECISIONS.indexOf(was)) {
      unknown += 1
      continue
    }
    const { seq, timestamp, who, where } = entry
    const ruleThen = textOf(entry.metadata?.rule) ?? null
    changes.push({ seq, timestamp, who, where, was, wouldBe: decision, ruleThen, ruleNow: rule ?? null, reason })
  }
  return { actions, changes, unknown }
}

/** A recorded action as policies see it, and whether the record holds all of it. */
function inputOf(
  { metadata }: AuditEntry,
  projectDir: string,
): { readonly action: PolicyInput; readonly isWhole: boolean } | undefined {
  const text = (name: string): string | undefined => textOf(metadata?.[name])
  const [kind, cwd] = [text('kind'), text('cwd')]
  if (kind === undefined || cwd === undefined) return undefined
  const listed = metadata?.paths
  const paths = Array.isArray(listed) ? listed.filter((path) => typeof path === 'string') : undefined
  const named = Object.fromEntries(
    ['command', 'url', 'provider', 'model', 'branch', 'region', 'tool', 'agent', 'session', 'host'].flatMap((name) => {
      const value = text(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const server = text('server')
  const tokens = metadata?.tokens_used
  const action = {
    kind,
    cwd,
    projectDir,
    ...named,
    ...(paths === undefined ? {} : { paths }),
    ...(server === undefined ? {} : { server: { name: server } }),
    ...(typeof tokens === 'number' ? { tokensUsed: tokens } : {}),
  }
  const texts = [...Object.values(named), ...(paths ?? [])]
  const isWhole = metadata?.content_bytes === undefined && !texts.some((value) => NOT_WHOLE.test(value))
  return { action, isWhole }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function told({ output }: Call<unknown>, { actions, changes, unknown }: Replayed): void {
  const { color } = output
  const words = (decision: Decision): string => decision.toLowerCase().replace('_', ' ')
  if (changes.length > 0) {
    output.data(
      table(output, changes, [
        { title: 'SEQ', value: ({ seq }) => String(seq) },
        { title: 'TIME', value: ({ timestamp }) => timeOf(timestamp), paint: color.dim },
        { title: 'WAS', value: ({ was }) => words(was) },
        {
          title: 'WOULD BE',
          value: ({ wouldBe }) => words(wouldBe),
          paint: (text, { wouldBe }) => (wouldBe === 'ALLOW' ? color.green(text) : color.red(text)),
        },
        { title: 'RULE', value: ({ ruleThen, ruleNow }) => ruleNow ?? ruleThen ?? '-' },
        { title: 'WHAT', value: ({ where }) => where ?? '-' },
      ]),
    )
  }
  output.note(`${countOf(changes.length, 'change')} in ${countOf(actions, 'recorded action')}.`)
  if (unknown === 0) return
  output.note(`${countOf(unknown, 'action')} cannot be judged again: their content is not on the record, or not whole.`)
}
