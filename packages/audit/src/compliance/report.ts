import { verifyLog } from '../chain/verify.js'
import { AuditError } from '../error.js'
import { searchLog } from '../reading/search.js'
import type { AuditEntry, ChainReport } from '../types.js'
import { isStandardKind, standards, type StandardKind } from './catalogue/index.js'
import { collect, type Collected } from './collect.js'
import type { Control } from './control.js'
import { EVIDENCE } from './evidence.js'
import { EXCEPTIONS } from './exceptions.js'
import { periodOf } from './period.js'
import { proofsOf } from './proofs.js'
import { describeQuery } from './query.js'
import { SAMPLE_METHOD, SAMPLE_SIZE } from './sample.js'
import { shownEntries } from './shown.js'
import type { ComplianceReport, ControlReport, ControlVerdict, ReportOptions } from './types.js'
import { judge } from './verdict.js'
import { warningsOf } from './warnings.js'

const PROOF_TIMEOUT_MS = 60_000

const LIMITS: readonly string[] = [
  'It is not a certificate, an audit opinion or legal advice: “evidenced” means that the log shows what bears on a control, not that the control is met.',
  'It speaks of agents whose actions went through Loki, and of nothing else on the machine or in the organisation.',
  'What controls ask stands here in Loki’s own words; the text of the standard decides.',
  'Whether the record itself is whole rests on the chain and its signatures, which are named at the top.',
]

/**
 * Reports what a log says of one standard in a period: verifies the chain, then reads the log once for all controls.
 * Throws an AuditError for an unknown standard, a malformed period or a log that cannot be read; a broken chain is
 * reported, and only what verified before the break is counted.
 */
export async function generateReport(kind: StandardKind, options: ReportOptions): Promise<ComplianceReport> {
  const { title, edition, note, controls } = standardOf(kind)
  const period = periodOf(options.from, options.to)
  const generatedAt = momentOf(options.now ?? (() => new Date()))
  const chain = await verified(options)
  const collected = await collect(entriesOf(options.log, chain), {
    period,
    wanted: new Set(controls.flatMap((control) => control.evidence)),
    head: { entries: chain.entries, hash: chain.head?.hash ?? '' },
  })
  const signed = isSigned(chain, collected)
  const reports = controls.map((control) => controlReport(control, { collected, chain, signed }))
  const summary: Record<ControlVerdict, number> = { evidenced: 0, partial: 0, 'no evidence': 0, 'not covered': 0 }
  for (const { verdict } of reports) summary[verdict] += 1
  const seqs = shownEntries(reports).map(({ seq }) => seq)
  const proofs = await proofsOf({ chain, seqs, timeoutMs: options.proofTimeoutMs ?? PROOF_TIMEOUT_MS })
  return {
    version: 1,
    warnings: warningsOf({ chain, collected, period, generatedAt }),
    kind,
    standard: { title, edition, note },
    projectName: options.projectName ?? null,
    generatedAt,
    chain,
    period,
    completeness: { ...collected.read, inPeriod: collected.inPeriod, longestSilence: collected.silence },
    sampling: { seed: chain.head?.hash ?? null, size: SAMPLE_SIZE, method: SAMPLE_METHOD },
    summary,
    controls: reports,
    proofs,
    limits: LIMITS,
  }
}

function standardOf(kind: string): (typeof standards)[StandardKind] {
  if (isStandardKind(kind)) return standards[kind]
  throw new AuditError(
    'INVALID_INPUT',
    `expected a standard (${Object.keys(standards).join(', ')}), got ${JSON.stringify(kind.slice(0, 60))}`,
  )
}

function momentOf(now: () => Date): string {
  const date = now()
  if (Number.isNaN(date.getTime())) throw new AuditError('INVALID_INPUT', 'expected now() to give a valid Date')
  return date.toISOString()
}

async function verified({ log, verify }: ReportOptions): Promise<ChainReport> {
  const chain = typeof log === 'string' ? await verifyLog(log, verify) : await log.verifyChain(verify)
  const { code, error } = chain
  if (code !== 'DISABLED' && code !== 'MISSING' && code !== 'UNREADABLE') return chain
  throw new AuditError('READ_FAILED', `expected a log to report on, but ${error ?? 'there is none'}`)
}

/** A key that the caller trusts signed every entry of the period. */
function isSigned({ valid, checkpoint }: ChainReport, { lastLine }: Collected): boolean {
  return valid && checkpoint?.trusted === true && checkpoint.size >= lastLine
}

function entriesOf(log: ReportOptions['log'], chain: ChainReport): AsyncIterable<AuditEntry> {
  return typeof log === 'string' ? searchLog(chain.file ?? log) : log.readEntries()
}

interface Findings {
  readonly collected: Collected
  readonly chain: ChainReport
  readonly signed: boolean
}

function controlReport(control: Control, { collected, chain, signed }: Findings): ControlReport {
  const { id, title, asks } = control
  const evidence = control.evidence.map((name) => {
    const found = collected.populations.get(name)
    return {
      name,
      title: EVIDENCE[name].title,
      query: describeQuery(EVIDENCE[name]),
      population: found?.count ?? 0,
      sample: found?.sample ?? [],
    }
  })
  const exceptions = (control.exceptions ?? []).flatMap((name) => {
    const found = collected.exceptions.get(name)
    return found === undefined ? [] : [{ name, meaning: EXCEPTIONS[name], ...found }]
  })
  const forgotten = collected.forgotten > 0
  const judgement = judge(control, { evidence, exceptions, chainValid: chain.valid, signed, forgotten })
  return { id, title, asks, ...judgement, evidence, exceptions }
}
