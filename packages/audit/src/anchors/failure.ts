import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, systemCode } from '../error.js'
import type { NamedAnchor } from './anchor.js'
import { replaceDurably } from './durable-file.js'
import { receiptFile, RECEIPTS } from './receipt.js'

/** Why the last attempt of an anchor failed. */
export interface AnchorFailure {
  readonly version: 1
  readonly kind: string
  readonly name: string
  readonly time: string
  /** `ANCHOR_CONFLICT` where the anchor holds another history than the log. */
  readonly code: string
  readonly message: string
}

/** Writes each failure down beside the receipts until the anchor works again: in the background nobody hears of it. */
export function notedAnchor(anchor: NamedAnchor, { dir, now }: { dir: string; now: () => Date }): NamedAnchor {
  const file = receiptFile(dir, anchor).replace(/\.jsonl$/, '.failure.json')
  return {
    ...anchor,
    keep: async (checkpoint) => {
      try {
        await anchor.keep(checkpoint)
        rmSync(file, { force: true })
      } catch (error) {
        note(file, { anchor, error, time: now().toISOString(), folder: join(dir, RECEIPTS) })
        throw error
      }
    },
  }
}

interface Failed {
  readonly anchor: NamedAnchor
  readonly error: unknown
  readonly time: string
  readonly folder: string
}

function note(file: string, { anchor: { kind, name }, error, time, folder }: Failed): void {
  const code = error instanceof AuditError ? error.code : 'ANCHOR_FAILED'
  const message = error instanceof Error ? error.message : String(error)
  const failure: AnchorFailure = { version: 1, kind, name, time, code, message }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    replaceDurably(file, `${JSON.stringify(failure)}\n`)
  } catch {
    // The disk is what fails, too: the caller gets the first error.
  }
}

/** The anchors of a log whose last attempt failed. It verifies nothing; a file that is none is passed over. */
export function readFailures(dir: string): AnchorFailure[] {
  const folder = join(dir, RECEIPTS)
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.failure.json'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
  return names.sort().flatMap((name) => {
    try {
      const value: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
      return isFailure(value) ? [value] : []
    } catch {
      return []
    }
  })
}

function isFailure(value: unknown): value is AnchorFailure {
  if (typeof value !== 'object' || value === null) return false
  const it = value as Partial<Record<keyof AnchorFailure, unknown>> // each member is looked at below
  return it.version === 1 && [it.kind, it.name, it.time, it.code, it.message].every((text) => typeof text === 'string')
}
