import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { controlPlaneFolder, openAudit } from '@loki/audit'
import type { AuditQuery, JsonObject } from '@loki/audit'
import { redact } from '@loki/policies'
import { auditFolder, cliPrincipal } from '../context.js'
import { CliError } from '../exit.js'
import type { Output } from '../output.js'

/** Who waits for the end of a reading must not wait long for its record. */
const RECORD_MS = 3000

/** What was read, for the record of it. */
interface Reading {
  readonly command: string
  readonly query: AuditQuery
  /** More that is worth knowing, such as a format. */
  readonly more?: JsonObject
}

export interface ReadingOptions {
  readonly output: Output
  readonly projectDir: string
  readonly reading: Reading
  /** The log of the control plane, instead of that of the project. */
  readonly controlPlane?: boolean | undefined
}

/** The folder of the log that may be read; an error where auditing is switched off. */
export function readableLog(projectDir: string, controlPlane = false): string {
  const dir = resolve(controlPlane ? controlPlaneFolder() : auditFolder(projectDir))
  if (openAudit({ dir, enabled: true }).enabled) return dir
  throw new CliError('AUDIT_OFF', 'Auditing is switched off by LOKI_AUDIT_DISABLED.', {
    next: 'Unset LOKI_AUDIT_DISABLED.',
  })
}

/** What a reading found, before anybody sees it. */
export interface Found {
  readonly entries: number
  readonly print: () => void | Promise<void>
}

/** Reads the log, records who read what, and only then shows it: `| head` ends the program in the middle of showing. */
export async function onRecord(options: ReadingOptions, read: (dir: string) => Promise<Found>): Promise<void> {
  const dir = readableLog(options.projectDir, options.controlPlane)
  let found: Found
  try {
    found = await read(dir)
  } catch (error) {
    await recordReading(dir, options, { ok: false })
    throw error
  }
  await recordReading(dir, options, { ok: true, entries: found.entries })
  await found.print()
}

/** Records a reading. A record that fails stops nobody from reading, and is told. */
export async function recordReading(
  dir: string,
  { output, reading }: ReadingOptions,
  facts: JsonObject = {},
): Promise<void> {
  if (!existsSync(join(dir, 'audit.jsonl'))) return // what is not there was not read, and reading must not begin a log
  const audit = openAudit({ dir, enabled: true, checkpoints: 'auto', timeoutMs: RECORD_MS })
  try {
    const { command, query, more = {} } = reading
    await audit.record({
      who: cliPrincipal(),
      what: 'audit.read',
      where: dir,
      metadata: { command, query: described(query), ...more, ...facts },
    })
  } catch (error) {
    output.error(`This reading is not on the log: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await audit.close()
  }
}

/** A query as plain data, without secrets that somebody searched for. */
function described(query: AuditQuery): JsonObject {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Date ? value.toISOString() : typeof value === 'number' ? value : redact(String(value)),
    ]),
  )
}
