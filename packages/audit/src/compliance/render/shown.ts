import type { ComplianceReport, ControlVerdict } from '../types.js'

/** Every verdict in the order of a summary. */
export const VERDICTS: readonly ControlVerdict[] = ['evidenced', 'partial', 'no evidence', 'not covered']

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
    ...witnessOf(report),
    ['Head', head],
    ['Log', chain.file ?? 'unknown'],
    ['Entries', `${inPeriod} in the period, ${entries} read`],
    ['Log spans', first === null || last === null ? 'nothing' : `${first} to ${last}`],
    [
      'Longest silence in the period',
      longestSilence === null ? 'not measured' : `${longestSilence.from} to ${longestSilence.to}`,
    ],
    ['Sample', `${sampling.size} entries of each population. ${sampling.method}`],
    ['Proofs', proofsOf(report)],
    ['Made at', report.generatedAt],
  ]
}

function signatureOf({ chain: { checkpoint } }: ComplianceReport): string {
  if (checkpoint === null) return 'NONE'
  const { size, time, publicKey, trusted } = checkpoint
  return `the first ${size} entries, on ${time}, by ${publicKey}${trusted ? '' : ' (NOT VOUCHED FOR)'}`
}

/** The numbers of the entries with a proof. */
export function provenIn({ proofs }: ComplianceReport): ReadonlySet<number> {
  return new Set(proofs.entries.map(({ seq }) => seq))
}

/** Which of the entries below are proven to be in the signed log. */
function proofsOf({ proofs: { entries, gap } }: ComplianceReport): string {
  if (entries.length === 0) return gap ?? 'no entry is shown'
  const proven = entries.length === 1 ? '1 entry below is proven.' : `${entries.length} entries below are proven.`
  return gap === null ? `${proven} The proofs are in the JSON form of this report and in a bundle.` : `${proven} ${gap}`
}

/** Up to where someone other than the signer has seen the log grow. */
function witnessOf({ chain: { checkpoint } }: ComplianceReport): readonly (readonly [name: string, value: string])[] {
  const witness = checkpoint?.witness ?? null
  if (witness === null) return []
  const { name, size, time, trusted } = witness
  return [['Witness', `${name}: the first ${size} entries, on ${time}${trusted ? '' : ' (NOT VOUCHED FOR)'}`]]
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
