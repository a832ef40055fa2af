import type { Facts } from '../facts.js'

/**
 * What a condition says of an action: it holds (`yes`), it does not (`no`), the action lacks a field that its kind must
 * have (`missing`), lacks one that it need not have (`absent`), or a word that decides is known only to the running shell
 * (`unknown`).
 */
export type Answer = 'yes' | 'no' | 'missing' | 'absent' | 'unknown'

/** One field of an action beside what a rule wants of it. */
export interface Comparison {
  /** The key of the policy: `command`, `path`, `when` ... */
  readonly field: string
  /** What the rule wants. */
  readonly wanted: string
  /** What the action has. */
  readonly found: string
  readonly answer: Answer
}

/** Sides of an action that a condition can look at, as bits. */
export const ASPECT = { command: 1, file: 2, git: 4, network: 8, service: 16, model: 32 } as const

/** One condition of a rule. */
export interface Condition {
  /** The key of the policy. */
  readonly field: string
  /** What it may be, as the policy writes it. */
  readonly wanted: readonly string[]
  /** Of `path`: only for what is done to it in this way. */
  readonly access?: 'read' | 'write'
  /** {@link ASPECT} bits of which an action must have one for the condition to hold; undefined: it may hold for any. */
  readonly aspects?: number
  /** Whether it holds. */
  ask(facts: Facts): Answer
  /** Whether it holds for the whole of the action, as an exception must. */
  covers(facts: Facts): boolean
  /** What the action has, in words. */
  found(facts: Facts): string
}

/**
 * All conditions together: one that does not hold settles it. A field that is absent counts as missing where another
 * condition holds, and settles it where none does.
 */
export function askAll(conditions: readonly Condition[], facts: Facts): Exclude<Answer, 'absent'> {
  let absent = false
  let answer: Exclude<Answer, 'absent' | 'no'> | undefined
  for (const condition of conditions) {
    const one = condition.ask(facts)
    if (one === 'no') return 'no'
    if (one === 'absent') absent = true
    else if (answer === undefined || one === 'missing' || answer === 'yes') answer = one
  }
  if (!absent) return answer ?? 'yes'
  return answer === undefined ? 'no' : 'missing'
}

/** What a list says of which any entry may hold. */
export function anyOf(answers: Iterable<Answer>): Answer {
  let best: Answer = 'no'
  for (const answer of answers) {
    if (answer === 'yes') return 'yes'
    if (answer !== 'no' && best !== 'unknown') best = answer
  }
  return best
}

/** What each condition looked at. */
export function compareAll(conditions: readonly Condition[], facts: Facts): readonly Comparison[] {
  return conditions.map((condition) => ({
    field: condition.field,
    wanted: wantedText(condition),
    found: shorten(condition.found(facts)),
    answer: condition.ask(facts),
  }))
}

/** What a condition wants, in words. */
export function wantedText({ wanted, access }: Pick<Condition, 'wanted' | 'access'>): string {
  return wanted.join(', ') + (access === undefined ? '' : ` (${access})`)
}

/** The sides that an action has. */
export function aspectsOf({ input }: Pick<Facts, 'input'>): number {
  const { kind } = input
  let aspects = 0
  if (kind === 'command' || input.command !== undefined)
    aspects |= ASPECT.command | ASPECT.file | ASPECT.git | ASPECT.network
  if (kind === 'file_read' || kind === 'file_write' || input.paths !== undefined) aspects |= ASPECT.file
  if (kind === 'git' || kind === 'deploy') aspects |= ASPECT.git
  if (kind === 'network' || input.url !== undefined) aspects |= ASPECT.network
  if (kind === 'mcp_tool' || input.server !== undefined) aspects |= ASPECT.service
  if (kind === 'model_call' || input.provider !== undefined || input.model !== undefined) aspects |= ASPECT.model
  return aspects
}

/** A text cut to what a line of an explanation takes. */
export function shorten(text: string): string {
  return text.length > 160 ? `${text.slice(0, 157)}...` : text
}
