import { hash } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { asAuditError, AuditError, systemCode } from '../error.js'
import type { AnchorKind } from './anchor.js'
import { appendDurably, replaceDurably } from './durable-file.js'
import { readLines } from './lines.js'

/** Folder of the receipts, beside the log. */
export const RECEIPTS = 'anchors'

/** What an anchor gave for a checkpoint: one line of its file in `anchors`. */
export interface Receipt {
  readonly version: 1
  readonly kind: AnchorKind
  /** The anchor: the name of a witness, the host of a timestamp authority, a repository, a path. */
  readonly name: string
  /** When it took the checkpoint: by its own clock where it has one, else by ours. */
  readonly time: string
  readonly origin: string
  readonly size: number
  /** The checkpoint; from a witness, with the cosignature as one line more. */
  readonly checkpoint: string
  /** Why this copy proves less than it should; absent where it does not. */
  readonly warning?: string | undefined
  /** Of a witness: its public key, as a vkey. */
  readonly key?: string | undefined
  /** Of a timestamp authority: request and reply, DER in base64. */
  readonly query?: string | undefined
  readonly reply?: string | undefined
  /** Of a git repository: the ref and the commit that holds the checkpoint. */
  readonly ref?: string | undefined
  readonly commit?: string | undefined
  /** Of a git repository: the remote that has the commit too. */
  readonly remote?: string | undefined
}

/** The receipts of a log, and what could not be read among them. */
export interface Receipts {
  /** The files, which `verifyLog` takes as copies of checkpoints. */
  readonly files: readonly string[]
  /** The oldest of each anchor first. */
  readonly receipts: readonly Receipt[]
  readonly problems: readonly string[]
}

/** Writes a receipt down, synced. `copies` are files for other programs, by extension: the latest ones are kept. */
export function keepReceipt(
  dir: string,
  receipt: Receipt,
  copies: Readonly<Record<string, string | Buffer>> = {},
): void {
  const file = receiptFile(dir, receipt)
  try {
    mkdirSync(join(dir, RECEIPTS), { recursive: true, mode: 0o700 })
    appendDurably(file, JSON.stringify(receipt))
    for (const [extension, content] of Object.entries(copies)) {
      replaceDurably(file.replace(/\.jsonl$/, `.${extension}`), content)
    }
  } catch (error) {
    throw asAuditError(error, 'WRITE_FAILED', `expected to keep the receipt of ${receipt.name} in ${file}`)
  }
}

/** Where the receipts of an anchor are; the digits tell names apart that differ only in what a file name cannot hold. */
export function receiptFile(dir: string, { kind, name }: Pick<Receipt, 'kind' | 'name'>): string {
  const readable = name.replace(/[^A-Za-z0-9.-]+/g, '_').slice(-60)
  return join(dir, RECEIPTS, `${kind}-${readable}-${hash('sha256', name).slice(0, 8)}.jsonl`)
}

/** Reads the receipts beside a log. It verifies nothing: whoever can write the folder can write receipts. */
export async function readReceipts(dir: string): Promise<Receipts> {
  const folder = join(dir, RECEIPTS)
  const files: string[] = []
  const receipts: Receipt[] = []
  const problems: string[] = []
  for (const name of namesIn(folder)) {
    const file = join(folder, name)
    files.push(file)
    let number = 0
    try {
      for await (const line of readLines(file)) {
        number++
        receipts.push(receiptIn(line))
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      problems.push(`line ${number} of ${file}: ${message}`)
    }
  }
  return { files, receipts, problems }
}

/** The latest receipt of one anchor for one log; undefined without one. */
export async function lastReceipt(
  dir: string,
  { kind, name, origin }: Pick<Receipt, 'kind' | 'name' | 'origin'>,
): Promise<Receipt | undefined> {
  const { receipts } = await readReceipts(dir)
  return receipts.findLast((one) => one.kind === kind && one.name === name && one.origin === origin)
}

/** `x.old.jsonl` is older than `x.jsonl`, and comes before it. */
function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
    return names.sort((a, b) => rank(a).localeCompare(rank(b)))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw asAuditError(error, 'READ_FAILED', `expected to read ${folder}`)
  }
}

function rank(name: string): string {
  return name.endsWith('.old.jsonl') ? name.replace(/\.old\.jsonl$/, ' 0') : name.replace(/\.jsonl$/, ' 1')
}

function receiptIn(line: string): Receipt {
  const value: unknown = JSON.parse(line)
  if (isReceipt(value)) return value
  throw new AuditError('INVALID_NOTE', 'expected a receipt: version 1, kind, name, time, origin, size, checkpoint')
}

const KINDS: readonly unknown[] = ['witness', 'timestamp', 'git', 'file']

function isReceipt(value: unknown): value is Receipt {
  if (typeof value !== 'object' || value === null) return false
  const it = value as Partial<Record<keyof Receipt, unknown>> // each member is looked at below
  const texts = [it.name, it.time, it.origin, it.checkpoint]
  if (it.version !== 1 || !KINDS.includes(it.kind) || !texts.every((text) => typeof text === 'string')) return false
  const optional = [it.warning, it.key, it.query, it.reply, it.ref, it.commit, it.remote]
  if (!optional.every((text) => text === undefined || typeof text === 'string')) return false
  return Number.isSafeInteger(it.size) && Number(it.size) >= 0
}
