import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError } from '@loki/audit'
import { anchorsFromVariables, readFailures, readReceipts } from '@loki/audit/anchors'
import type { NamedAnchor } from '@loki/audit/anchors'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf, timeOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { readableLog } from './audit-reading.js'

/** What one anchor did. */
interface Anchored {
  readonly kind: string
  readonly name: string
  readonly destination: string
  readonly ok: boolean
  readonly durationMs: number
  readonly code: string | null
  readonly error: string | null
}

/** `loki audit anchor`. */
export async function anchorNow({ output, projectDir }: Call<unknown>): Promise<ExitName> {
  const dir = readableLog(projectDir)
  const anchors = configured(dir)
  if (anchors.length === 0) {
    throw new CliError('NOT_CONFIGURED', 'No anchor is configured: checkpoints are kept nowhere else.', {
      next: 'Set LOKI_AUDIT_ANCHOR_WITNESS_URL, LOKI_AUDIT_ANCHOR_POLICY, LOKI_AUDIT_ANCHOR_TSA_URL, LOKI_AUDIT_ANCHOR_GIT or LOKI_AUDIT_ANCHOR_FILE.',
    })
  }
  const file = join(dir, 'checkpoint')
  if (!existsSync(file)) {
    throw new CliError('NO_CHECKPOINT', `There is no checkpoint in ${dir}: nothing was signed yet.`, {
      next: 'Set LOKI_AUDIT_CHECKPOINTS=true and record something.',
    })
  }
  const checkpoint = readFileSync(file, 'utf8')
  const results = await Promise.all(anchors.map((anchor) => keep(anchor, checkpoint)))
  for (const result of results) {
    if (output.json) output.record(result)
    else output.data(told(output, result))
  }
  if (results.some(({ code }) => code === 'ANCHOR_CONFLICT')) return 'brokenChain'
  return results.every(({ ok }) => ok) ? 'done' : 'failed'
}

/** `loki audit anchor list`. */
export async function list({ output, projectDir }: Call<unknown>): Promise<ExitName> {
  const dir = readableLog(projectDir)
  const { receipts, problems } = await readReceipts(dir)
  for (const problem of problems) output.error(`A receipt cannot be read: ${plain(problem)}`)
  if (output.json) for (const receipt of receipts) output.record(receipt)
  else if (receipts.length === 0) output.note('Nothing is anchored yet: loki audit anchor')
  else {
    const listing = table(output, receipts, [
      { title: 'TIME', value: ({ time }) => timeOf(time), paint: output.color.dim },
      { title: 'ENTRIES', value: ({ size }) => String(size) },
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'ANCHOR', value: ({ name, warning }) => (warning === undefined ? name : `${name}: ${warning}`) },
    ])
    output.data(listing)
  }
  const failures = readFailures(dir)
  for (const { kind, name, time, message } of failures) {
    output.error(`${timeOf(time)}  ${kind} ${plain(name)} failed: ${plain(message)}`)
  }
  if (failures.some(({ code }) => code === 'ANCHOR_CONFLICT')) return 'brokenChain'
  return problems.length + failures.length === 0 ? 'done' : 'failed'
}

function configured(dir: string): readonly NamedAnchor[] {
  try {
    return anchorsFromVariables(process.env, { dir })
  } catch (error) {
    if (error instanceof AuditError && error.code === 'INVALID_SETTING') throw usageError(error.message)
    throw error
  }
}

async function keep(anchor: NamedAnchor, checkpoint: string): Promise<Anchored> {
  const { kind, name, destination } = anchor
  const started = performance.now()
  const done = (failure?: AuditError): Anchored => ({
    kind,
    name,
    destination,
    ok: failure === undefined,
    durationMs: Math.round(performance.now() - started),
    code: failure?.code ?? null,
    error: failure?.message ?? null,
  })
  try {
    await anchor.keep(checkpoint)
    return done()
  } catch (error) {
    if (error instanceof AuditError) return done(error)
    throw error
  }
}

function told({ color }: Output, { kind, destination, ok, error, durationMs }: Anchored): string {
  const word = ok ? color.green('✓ anchored') : color.red('✗ failed')
  const why = error === null ? '' : `\n  ${plain(error)}`
  return `${word}  ${kind} ${plain(destination)}  ${color.dim(countOf(durationMs, 'ms', 'ms'))}${why}`
}
