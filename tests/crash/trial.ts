import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, expect } from 'vitest'
import { openAudit, searchLog, verifyLog } from '../../packages/audit/src/index.js'
import type { AuditOptions } from '../../packages/audit/src/index.js'

const ROOT = join(import.meta.dirname, '..', '..')

/** What every process of a trial opens the log with: segments of four kilobytes. */
export const SEGMENTS: AuditOptions = { maxSizeMb: 0.004 }

/** Bundles the package for plain node; gives the path of its entry. */
export function bundleInto(folder: string): string {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const tsup = join(ROOT, 'node_modules', '.bin', 'tsup')
  execFileSync(tsup, ['--silent', '--no-sourcemap', '--out-dir', folder], {
    cwd: join(ROOT, 'packages', 'audit'),
    stdio: 'pipe',
  })
  return join(folder, 'index.js')
}

/** The command of one recording process. */
export function recorder(entry: string, dir: string, { name, options = SEGMENTS, count }: RecorderOptions): string[] {
  const program = join(import.meta.dirname, 'programs', 'recorder.mjs')
  const command = [process.execPath, program, entry, dir, name, JSON.stringify(options)]
  return count === undefined ? command : [...command, String(count)]
}

interface RecorderOptions {
  readonly name: string
  readonly options?: AuditOptions
  readonly count?: number
}

/** A temporary folder that goes away with the test. */
export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'loki-crash-'))
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

/** Whether a command can be run here. */
export function isAble(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** What a process said was acknowledged. */
export interface Acknowledged {
  readonly id: string
  readonly seq: number
  readonly hash: string
}

/** Reads the answers in the output of recorders; a line that a killed one did not end counts for nothing. */
export function acknowledgedIn(output: string): Acknowledged[] {
  const lines = output.split('\n').slice(0, -1)
  return lines.flatMap((line) => {
    const [kind, id = '', seq = '', hash = ''] = line.split(' ')
    return kind === 'ack' ? [{ id, seq: Number(seq), hash }] : []
  })
}

/**
 * Recovers a log by one more record, then demands that it verifies, in both modes, that all that was acknowledged is there
 * at its place, and that nothing is there twice.
 */
export async function demandWhole(
  dir: string,
  acknowledged: readonly Acknowledged[],
  options: AuditOptions = {},
): Promise<{ readonly entries: number; readonly segments: number }> {
  const log = openAudit({ dir, enabled: true, env: {}, ...SEGMENTS, ...options })
  await log.record({ who: 'test', what: 'test.recovered' })
  await log.close()
  const report = await verifyLog(dir)
  expect(report.error).toBeNull()
  expect(await verifyLog(dir, { mode: 'fast' })).toEqual(report)
  const found = new Map<string, { readonly seq: number; readonly hash: string }>()
  let segments = 1
  for await (const { seq, hash, what, metadata } of searchLog(dir)) {
    if (what === 'segment.opened') segments++
    const id = metadata?.id
    if (typeof id !== 'string') continue
    expect(found.has(id), `${id} is there twice`).toBe(false)
    found.set(id, { seq, hash })
  }
  for (const { id, seq, hash } of acknowledged) expect(found.get(id), id).toEqual({ seq, hash })
  return { entries: report.entries, segments }
}
