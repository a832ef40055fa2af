import type { ChainReport } from '../types.js'
import type { Collected } from './collect.js'
import type { Period } from './period.js'

export interface WarningFacts {
  readonly chain: ChainReport
  readonly collected: Collected
  readonly period: Period
  readonly generatedAt: string
}

/** What a reader must know before anything else, the worst first. */
export function warningsOf(facts: WarningFacts): readonly string[] {
  const { chain } = facts
  return [
    ...(chain.valid
      ? []
      : [
          `THE LOG DOES NOT VERIFY (${chain.verdict}): ${chain.error ?? chain.summary}. Only the ${chain.entries} entries before that place are counted; the log was changed or damaged, or is not the one that was signed, and what this report shows is not the whole record.`,
        ]),
    ...prunedWarnings(facts),
    ...signatureWarnings(facts),
    ...spanWarnings(facts),
  ]
}

function prunedWarnings({ chain: { pruned } }: WarningFacts): readonly string[] {
  if (pruned === null) return []
  return [
    `THE FIRST ${pruned.entries} ENTRIES ARE GONE: they were pruned because they were old enough, as entry ${pruned.seq} says. What they said is not in this report, also where the period reaches back to them.`,
  ]
}

function signatureWarnings({ chain }: WarningFacts): readonly string[] {
  const { checkpoint, entries } = chain
  if (checkpoint === null) {
    return [
      'THE LOG IS UNSIGNED, or its signature does not hold. The chain shows accidents and simple edits; whoever could write the log’s file could also have rewritten or shortened it. Compare the head with a copy kept elsewhere.',
    ]
  }
  const warnings: string[] = []
  if (!checkpoint.trusted) {
    warnings.push(
      `NOBODY VOUCHED FOR THE KEY of the log’s signature, ${checkpoint.publicKey}: whoever wrote the folder may have chosen it. Compare it with a copy kept elsewhere.`,
    )
  }
  if (checkpoint.unanchored > 0) {
    warnings.push(
      `THE LAST ${checkpoint.unanchored} OF ${entries} ENTRIES ARE UNSIGNED: the checkpoint of ${checkpoint.time} covers the first ${checkpoint.size}.`,
    )
  }
  return warnings
}

function spanWarnings({ collected, period, generatedAt }: WarningFacts): readonly string[] {
  const { first, last } = collected.read
  const warnings: string[] = []
  if (collected.inPeriod === 0) warnings.push('NO ENTRY OF THE LOG FALLS IN THE PERIOD.')
  if (period.to > generatedAt) {
    warnings.push(`The period ends after this report was made (${generatedAt}): it is not over.`)
  }
  if (first !== null && first > period.from) {
    warnings.push(`The log begins at ${first}, after the period does: it says nothing about the time before.`)
  }
  if (last !== null && last < period.to && last < generatedAt) {
    warnings.push(
      `The last entry is of ${last}: the log alone cannot show whether nothing happened after it or something was cut off.`,
    )
  }
  return warnings
}
