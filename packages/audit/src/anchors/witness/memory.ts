import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError } from '../../error.js'
import { fromBase64 } from '../../note/key.js'
import { EMPTY_ROOT, HASH_SIZE } from '../../tree/frontier.js'
import { replaceDurably } from '../durable-file.js'

const MAX_LOGS = 10_000
const MAX_EVIDENCE = 16

/** What a witness knows of a log. */
export interface Known {
  readonly size: number
  readonly root: Buffer
  /** When it last cosigned, in seconds since 1970; -1 before the first time. */
  readonly time: number
  /** The key that the log is bound to; undefined before the first time. */
  readonly key: string | undefined
}

/** A log that a witness has cosigned. */
export interface WitnessedLog {
  readonly origin: string
  readonly size: number
  /** When it was last cosigned. */
  readonly time: string
  /** The key that the log is bound to, as a vkey: its own, or that of its owner. */
  readonly key: string
}

/** The logs that the witness in a folder has cosigned, by name. Throws an AuditError for a damaged file. */
export function witnessedLogs(dir: string): WitnessedLog[] {
  const folder = join(dir, 'logs')
  if (!existsSync(folder)) return []
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const known = parse(readFileSync(join(folder, name), 'utf8'))
      if (known?.key === undefined) throw damaged(join(folder, name))
      const { origin, size, time, key } = known
      return { origin, size, time: new Date(time * 1000).toISOString(), key }
    })
  return found.sort((a, b) => a.key.localeCompare(b.key) || a.origin.localeCompare(b.origin))
}

/** The latest checkpoint of each log that a witness has cosigned, one file a log. */
export class Memory {
  readonly #logs: string
  readonly #evidence: string

  constructor(dir: string) {
    this.#logs = join(dir, 'logs')
    this.#evidence = join(dir, 'evidence')
    for (const folder of [this.#logs, this.#evidence]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  /** Reads the disk each time: what could not be written must not be remembered. Throws for a damaged file. */
  recall(origin: string): Known {
    const file = this.#file(origin)
    if (!existsSync(file)) return { size: 0, root: EMPTY_ROOT, time: -1, key: undefined }
    const known = parse(readFileSync(file, 'utf8'))
    if (known?.origin === origin) return known
    throw damaged(file)
  }

  /** Written, synced and in its place when this returns. */
  remember(origin: string, known: Known & { readonly checkpoint: string }): void {
    const file = this.#file(origin)
    if (!existsSync(file) && readdirSync(this.#logs).length >= MAX_LOGS) {
      throw new AuditError('TOO_LARGE', `expected at most ${MAX_LOGS} logs at one witness`)
    }
    const { size, root, time, key, checkpoint } = known
    const state = { version: 1, origin, size, root: root.toString('base64'), time, key, checkpoint }
    replaceDurably(file, `${JSON.stringify(state)}\n`)
  }

  /** Keeps a signed checkpoint that contradicts what was cosigned, so that somebody can ask its signer. */
  convict(origin: string, checkpoint: string): void {
    const start = idOf(origin)
    const file = join(this.#evidence, `${start}-${hash('sha256', checkpoint).slice(0, 16)}.note`)
    const kept = readdirSync(this.#evidence).filter((name) => name.startsWith(start)).length
    if (kept < MAX_EVIDENCE && !existsSync(file)) replaceDurably(file, checkpoint)
  }

  #file(origin: string): string {
    return join(this.#logs, `${idOf(origin)}.json`)
  }
}

/** An origin may hold what a file name may not. */
function idOf(origin: string): string {
  return hash('sha256', origin).slice(0, 32)
}

function damaged(file: string): AuditError {
  return new AuditError(
    'READ_FAILED',
    `expected ${file} to be what this witness last cosigned of a log; without it nothing of that log is cosigned`,
  )
}

function parse(text: string): (Known & { readonly origin: string }) | undefined {
  try {
    const state: unknown = JSON.parse(text)
    if (typeof state !== 'object' || state === null) return undefined
    const it = state as Partial<Record<'version' | 'origin' | 'size' | 'root' | 'time' | 'key', unknown>> // looked at below
    const { origin, size, time, key } = it
    const root = typeof it.root === 'string' ? fromBase64(it.root) : undefined
    if (it.version !== 1 || typeof origin !== 'string' || root?.length !== HASH_SIZE) return undefined
    if (!isCount(size) || !isCount(time) || typeof key !== 'string') return undefined
    return { origin, size, root, time, key }
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
