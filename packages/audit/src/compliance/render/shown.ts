import type { ComplianceReport, ControlVerdict } from '../types.js'
import type { EntryPlace } from '../sample.js'

/** Every verdict in the order of a summary. */
export const VERDICTS: readonly ControlVerdict[] = ['evidenced', 'partial', 'no evidence', 'not covered']

/** Each entry that a report shows, once, in the order of the log. */
export function shownEntries(report: ComplianceReport): readonly EntryPlace[] {
  const shown = new Map<number, EntryPlace>()
  for (const { evidence, exceptions } of report.controls) {
    for (const place of evidence.flatMap(({ sample }) => sample)) shown.set(place.seq, place)
    for (const place of exceptions.flatMap(({ examples }) => examples)) shown.set(place.seq, place)
  }
  return [...shown.values()].sort((a, b) => a.seq - b.seq)
}

/** The facts at the top of a report, as names and values. */
export function factsOf(report: ComplianceReport): readonly (readonly [name: string, value: string])[] {
  const { chain, period, completeness, sampling } = report
  const { entries, inPeriod, first, last, longestSilence } = completeness
  const head = chain.head === null ? 'none' : `entry ${chain.head.seq}, ${chain.head.hash}`
  return [
    ...(report.projectName === null ? [] : [['Project', report.projectName] as const]),
    ['Standard', `${report.standard.title} (${report.standard.edition})`],
    ['Period', `${period.from} up to, not including, ${period.to}`],
    ['Chain', chain.valid ? `verified: ${chain.entries} entries` : `DOES NOT VERIFY (${chain.verdict})`],
    ['Signature', signatureOf(report)],
    ['Head', head],
    ['Log', chain.file ?? 'unknown'],
    ['Entries', `${inPeriod} in the period, ${entries} read`],
    ['Log spans', first === null || last === null ? 'nothing' : `${first} to ${last}`],
    [
      'Longest silence in the period',
      longestSilence === null ? 'not measured' : `${longestSilence.from} to ${longestSilence.to}`,
    ],
    ['Sample', `${sampling.size} entries of each population. ${sampling.method}`],
    ['Made at', report.generatedAt],
  ]
}

function signatureOf({ chain: { checkpoint } }: ComplianceReport): string {
  if (checkpoint === null) return 'NONE'
  const { size, time, publicKey, trusted } = checkpoint
  return `the first ${size} entries, on ${time}, by ${publicKey}${trusted ? '' : ' (NOT VOUCHED FOR)'}`
}

/** Writes characters that would hide or reorder text as their code points, and line ends as spaces. */
export function visible(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (char) => `[U+${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}]`,
    )
}

/** Cuts a text of the log for a table; the log has the rest. */
export function shortened(text: string, limit = 160): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`
}
