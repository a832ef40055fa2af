import { hash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
export async function fill(dir: string, count: number): Promise<string[]> {
  const log = openAudit({ dir, enabled: true, env: {} })
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

export function linesOf(dir: string): string[] {
  return readFileSync(join(dir, 'audit.jsonl'), 'utf8').split('\n').slice(0, -1)
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
