import { hash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { openAudit } from '../src/index.js'
import type { AuditEntry, AuditLog, AuditOptions } from '../src/index.js'

/** A temporary folder that goes away with the test. */
export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'loki-audit-'))
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

/** A log that is on, whatever the environment says, and closed with the test. */
export function openLog(dir: string, options: AuditOptions = {}): AuditLog {
  const log = openAudit({ dir, enabled: true, env: {}, ...options })
  onTestFinished(() => log.close())
  return log
}

/** Writes a log of `count` small entries and closes it; gives its lines without LF. */
export async function fill(dir: string, count: number, options: AuditOptions = {}): Promise<string[]> {
  const log = openAudit({ dir, enabled: true, env: {}, ...options })
  const records = Array.from({ length: count }, (_, index) =>
    log.record({
      who: `agent:${index % 3}`,
      what: 'action.decided',
      where: '/p',
      why: null,
      metadata: { index, é: ['ü'] },
    }),
  )
  await Promise.all(records)
  await log.close()
  return linesOf(dir)
}

/** The lines of the open segment, which is the whole log unless it was rotated. */
export function linesOf(dir: string): string[] {
  return readFileSync(join(dir, 'audit.jsonl'), 'utf8').split('\n').slice(0, -1)
}

/** The lines of all segments, read by their documented names with plain gunzip. */
export function allLines(dir: string): string[] {
  const closed = closedNames(dir).map((name) => {
    const bytes = readFileSync(join(dir, 'segments', name))
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n').slice(0, -1)
  })
  return [...closed.flat(), ...linesOf(dir)]
}

/** Names of the closed segments, in their order; where one is there twice, the plain one. */
export function closedNames(dir: string): string[] {
  let names: string[]
  try {
    names = readdirSync(join(dir, 'segments'))
  } catch {
    return []
  }
  const segments = names.filter((name) => /^\d+\.jsonl(\.gz)?$/.test(name)).sort()
  return segments.filter((name) => !name.endsWith('.gz') || !segments.includes(name.slice(0, -3)))
}

export function writeLines(dir: string, lines: readonly string[]): void {
  writeFileSync(join(dir, 'audit.jsonl'), lines.map((line) => `${line}\n`).join(''))
}

export function parse(line: string | undefined): AuditEntry {
  return JSON.parse(line ?? 'null') as AuditEntry
}

/** What an attacker with the source would do: gives a line the hash that its other bytes ask for. */
export function rehash(line: string): string {
  const rest = line.slice('{"hash":"sha256:'.length + 64 + 2)
  return `{"hash":"sha256:${hash('sha256', `\0{${rest}`)}",${rest}`
}
