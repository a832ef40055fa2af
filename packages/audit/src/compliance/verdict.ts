import type { Control } from './control.js'
import type { ControlVerdict, Evidence, Exceptions } from './types.js'

/** What a control is judged by. */
export interface Findings {
  readonly evidence: readonly Evidence[]
  readonly exceptions: readonly Exceptions[]
  readonly chainValid: boolean
  /** A trusted signature covers every entry of the period. */
  readonly signed: boolean
  /** Something had to be let go, so that exceptions may be missing. */
  readonly forgotten: boolean
}

export interface Judgement {
  readonly verdict: ControlVerdict
  readonly reason: string
  readonly gaps: readonly string[]
}

/** Judges one control: each thing that is missing takes the verdict down, and nothing takes it up. */
export function judge(control: Control, findings: Findings): Judgement {
  const { evidence, exceptions, chainValid, signed, forgotten } = findings
  const silent = evidence.filter(({ population }) => population === 0)
  const gaps = [...silent.map(({ title }) => `No evidence in the period: ${title}.`), ...control.gaps]
  if (control.evidence.length === 0) {
    return { verdict: 'not covered', reason: 'Loki records nothing that bears on it.', gaps }
  }
  if (silent.length === evidence.length) {
    return { verdict: 'no evidence', reason: 'Loki records what bears on it, but nothing in this period.', gaps }
  }
  const lacks: string[] = []
  if (!chainValid) lacks.push('the log does not verify')
  const found = exceptions.reduce((sum, { count }) => sum + count, 0)
  if (found > 0) lacks.push(`there ${found === 1 ? 'is 1 exception' : `are ${found} exceptions`}`)
  if (forgotten && (control.exceptions ?? []).length > 0) {
    lacks.push('not every exception could be looked for')
    gaps.push('So much was open at once that some was let go: exceptions may be missing.')
  }
  if (control.needsSignature === true && !signed) {
    lacks.push('no trusted signature covers the period')
    gaps.push('The record is whole only with a signature or a copy out of reach of whoever holds the disk.')
  }
  if (control.gaps.length > 0) lacks.push('the log shows only a part of what it asks')
  if (silent.length > 0) lacks.push('some of its evidence does not occur in the period')
  if (lacks.length === 0) {
    return { verdict: 'evidenced', reason: 'The log shows what bears on it, without exceptions.', gaps }
  }
  return { verdict: 'partial', reason: `Evidence is there, but ${lacks.join('; ')}.`, gaps }
}
