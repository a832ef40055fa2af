import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { LOG_NAME } from '../chain/name.js'
import { AuditError } from '../error.js'
import type { ImportResult } from './types.js'

/** What an old log may be called. */
const NAME = /^audit(-\d{4}-\d{2}-\d{2}(\.\d{1,9})?)?\.jsonl$/
const MAX_FILES = 10_000

/** The files to import, in the order in which they were written, and what was left out. */
export interface Sources {
  readonly files: readonly string[]
  readonly skipped: ImportResult['skipped']
}

/** Finds the old logs that a path means. */
export function sourcesOf(from: string, target: string | undefined): Sources {
  const path = resolve(from)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new AuditError('READ_FAILED', `expected an old log at ${path}, got nothing`)
  if (stat.isFile()) {
    refuseTarget(path, target)
    return { files: [path], skipped: [] }
  }
  if (!stat.isDirectory()) throw new AuditError('READ_FAILED', `expected ${path} to be a file or a folder`)
  const files: string[] = []
  const skipped: { file: string; reason: string }[] = []
  // By name is by date: `audit-2026-01-31.101500.jsonl`, which was rotated that day, comes before `audit-2026-01-31.jsonl`.
  for (const name of readdirSync(path).sort()) {
    if (!NAME.test(name)) continue
    const file = join(path, name)
    if (!lstatSync(file).isFile()) skipped.push({ file, reason: 'no ordinary file' })
    else if (isTarget(file, target)) skipped.push({ file, reason: 'the log that is imported to' })
    else files.push(file)
  }
  if (files.length > MAX_FILES) throw new AuditError('INVALID_INPUT', `expected at most ${MAX_FILES} files in ${path}`)
  if (files.length === 0 && skipped.length === 0) {
    throw new AuditError('READ_FAILED', `expected audit.jsonl or audit-<date>.jsonl in ${path}, got neither`)
  }
  return { files, skipped }
}

function refuseTarget(file: string, target: string | undefined): void {
  if (!isTarget(file, target)) return
  throw new AuditError('INVALID_INPUT', `expected another log than the one that is imported to, got ${file}`)
}

function isTarget(file: string, target: string | undefined): boolean {
  if (target === undefined) return false
  const own = join(target, LOG_NAME)
  if (statSync(own, { throwIfNoEntry: false }) === undefined) return false
  return realpathSync(own) === realpathSync(file)
}
