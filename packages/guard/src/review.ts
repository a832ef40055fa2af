import type { AuditInput } from '@loki/audit'
import type { Evaluation, Finding, PolicyInput } from '@loki/policies'
import type { Action } from './action.js'
import { about, principal, target } from './record.js'

/** Findings that one record names; the count covers all of them. */
const MAX_NAMED = 64

/** What was found in a text, without the text: its kind and the fingerprint by which an allow list knows it. */
export type FoundData = {
  readonly kind: string
  readonly category: string
  readonly fingerprint: string
  readonly rule: string
}

/** What the model may see of a tool's output. */
export type OutputReview =
  | { readonly kind: 'clean' }
  /** The same texts, in the same order, with what a rule forbids replaced by its kind and fingerprint. */
  | { readonly kind: 'redacted'; readonly texts: readonly string[]; readonly found: readonly FoundData[] }
  /** None of it may be seen: it could not be checked, or a rule that names no place in it forbids it. */
  | { readonly kind: 'withheld'; readonly reason: string; readonly found: readonly FoundData[] }

/** What the `data` rules are asked about a text that an action brought back or a person typed. */
export function dataInput(action: Action, content: string): PolicyInput {
  const { kind, cwd, projectDir, paths, url, tool, server, provider, model, agent, session, host } = action
  return { kind, cwd, projectDir, paths, url, tool, server, provider, model, agent, session, host, content }
}

/** Texts as one, so that what is spread over several (the lines of a key in a diff) is found too. */
export function joined(texts: readonly string[]): string {
  return texts.join('\n')
}

/** Turns the rules' answer on {@link joined} texts into what the model may see of each. */
export function reviewOf(texts: readonly string[], { violations }: Evaluation): OutputReview {
  if (violations.length === 0) return { kind: 'clean' }
  const found = foundIn(violations)
  const blind = violations.find(({ findings }) => findings === undefined || findings.length === 0)
  if (blind !== undefined) return { kind: 'withheld', reason: `${blind.reason} (rule: ${blind.rule})`, found }
  const places = violations.flatMap(({ findings }) => findings ?? []).sort((a, b) => a.start - b.start || b.end - a.end)
  return { kind: 'redacted', texts: redacted(texts, places), found }
}

/** What the broken rules found, each place once. */
export function foundIn(violations: Evaluation['violations']): readonly FoundData[] {
  return violations.flatMap(({ rule, findings }) =>
    (findings ?? []).map(({ kind, category, fingerprint }) => ({ kind, category, fingerprint, rule })),
  )
}

/** The kinds of what was found, each once: `github_token, aws_access_key_id`. */
export function kindsOf(found: readonly FoundData[]): string {
  return [...new Set(found.map(({ kind }) => kind))].join(', ')
}

/** The audit record of an output that the model did not see as it was, or of a prompt that was not sent. */
export function reviewRecord(
  what: 'output.redacted' | 'output.withheld' | 'prompt.refused',
  action: Action,
  { reason, found, bytes }: { readonly reason: string; readonly found: readonly FoundData[]; readonly bytes: number },
): AuditInput {
  return {
    who: principal(action),
    what,
    where: target(action),
    why: reason,
    metadata: {
      ...about(action),
      ...(what === 'prompt.refused' ? {} : { output_bytes: bytes }),
      findings: found.slice(0, MAX_NAMED).map((one) => ({ ...one })),
      findings_count: found.length,
    },
  }
}

/** Each text without the parts of the joined text that the places name. A place that spans texts is marked in each. */
function redacted(texts: readonly string[], places: readonly Finding[]): readonly string[] {
  let from = 0
  return texts.map((text) => {
    const to = from + text.length
    let kept = ''
    let at = from
    for (const { kind, fingerprint, start, end } of places) {
      if (end <= at || start >= to) continue
      kept += `${text.slice(at - from, Math.max(start, at) - from)}[${kind}:${fingerprint}]`
      at = Math.min(end, to)
    }
    const result = kept + text.slice(at - from)
    from = to + 1 // the line feed between two texts
    return result
  })
}
