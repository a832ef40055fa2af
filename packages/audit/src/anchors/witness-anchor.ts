import { openCheckpoint } from '../checkpoint/checkpoint.js'
import type { Checkpoint } from '../checkpoint/checkpoint.js'
import { AuditError } from '../error.js'
import { parseNote, signatureLine } from '../note/note.js'
import type { Verifier } from '../note/key.js'
import { provesConsistency } from '../tree/proof.js'
import { addressOf } from './address.js'
import { inTurn } from './anchor.js'
import type { NamedAnchor, RemoteOptions } from './anchor.js'
import { cosignatureOf, cosignerKey, parseCosigner } from './cosignature.js'
import type { Cosignature } from './cosignature.js'
import { exchange } from './exchange.js'
import type { ExchangeAnswer } from './exchange.js'
import { growthProof } from './growth.js'
import { keepReceipt, lastReceipt } from './receipt.js'
import type { Receipt } from './receipt.js'
import { formatSubmission } from './submission.js'
import { treeHeadOf } from './tree-head.js'

const LONGEST = 64 * 1024
/** The witness tells its size, and somebody else may be quicker than the next attempt. */
const ATTEMPTS = 4

export interface WitnessAnchorOptions extends RemoteOptions {
  /** The submission prefix of the witness: `/add-checkpoint` is added. */
  readonly url: string
  /** The public key of the witness, as a vkey. */
  readonly key: string
}

/** Has checkpoints cosigned by a C2SP witness, which refuses a log that was cut or rewritten. */
export function witnessAnchor(options: WitnessAnchorOptions): NamedAnchor {
  const witness = parseCosigner(options.key)
  const url = addressOf(options.url, 'the address of a witness')
  const next = inTurn()
  const sizes = new Map<string, number>()
  return {
    kind: 'witness',
    name: witness.name,
    destination: url,
    keep: (checkpoint) => next(() => cosigned(checkpoint, { ...options, url, witness, sizes })),
  }
}

interface Asking extends WitnessAnchorOptions {
  readonly witness: Verifier
  /** What the witness is known to have of each log, by origin. */
  readonly sizes: Map<string, number>
}

async function cosigned(note: string, asking: Asking): Promise<void> {
  const { witness, sizes } = asking
  const checkpoint = openCheckpoint(note)
  if (checkpoint === undefined) return // cannot be: no owner was asked for
  const { origin, size } = checkpoint
  let old = sizes.get(origin) ?? (await receiptOf(origin, asking))?.size ?? 0
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // An older size than that of the checkpoint is part of the protocol; a younger one would only be refused.
    const answer = await submit(checkpoint, Math.min(old, size), asking)
    if (answer.status === 200) {
      keepCosigned(checkpoint, cosignatureIn(answer, checkpoint, witness), asking)
      sizes.set(origin, size)
      return
    }
    const known = sizeIn(answer)
    if (known === undefined) throw refusal(answer, { witness, size, old })
    if (known > size) {
      if (await isCovered(checkpoint, asking)) return
      throw conflict(witness, { size, known })
    }
    if (known === old) {
      if (old === size) throw conflict(witness, { size, known })
      throw refusal(answer, { witness, size, old })
    }
    old = known
  }
  throw new AuditError(
    'ANCHOR_FAILED',
    `expected the witness ${witness.name} to keep still for a moment: it told ${ATTEMPTS} sizes`,
  )
}

function keepCosigned({ note, origin, size }: Checkpoint, { line, time }: Cosignature, asking: Asking): void {
  const { dir, witness } = asking
  keepReceipt(dir, {
    version: 1,
    kind: 'witness',
    name: witness.name,
    time: new Date(time * 1000).toISOString(),
    origin,
    size,
    checkpoint: `${note}${signatureLine(line)}`,
    key: cosignerKey(witness),
  })
}

async function receiptOf(origin: string, { dir, witness }: Asking): Promise<Receipt | undefined> {
  const last = await lastReceipt(dir, { kind: 'witness', name: witness.name, origin })
  return last?.key === cosignerKey(witness) ? last : undefined
}

/** Another process may have anchored a later checkpoint of the same log meanwhile: then this one is anchored too. */
async function isCovered(checkpoint: Checkpoint, asking: Asking): Promise<boolean> {
  const { origin, size, root } = checkpoint
  const later = await receiptOf(origin, asking)
  if (later === undefined || later.size <= size) return false
  const note = parseNote(later.checkpoint)
  if (cosignatureOf(note, asking.witness) === undefined) return false
  const head = treeHeadOf(note)
  const proof = await growthProof(asking.dir, head, size)
  return provesConsistency({ oldSize: size, oldRoot: root, size: head.size, root: head.root }, proof)
}

async function submit(checkpoint: Checkpoint, old: number, asking: Asking): Promise<ExchangeAnswer> {
  const proof = await growthProof(asking.dir, checkpoint, old)
  const body = formatSubmission({ old, proof, checkpoint: checkpoint.note })
  return exchange(
    {
      url: `${asking.url}/add-checkpoint`,
      type: 'text/plain; charset=utf-8',
      body: Buffer.from(body),
      longest: LONGEST,
      whom: `the witness ${asking.witness.name}`,
    },
    asking,
  )
}

/** Takes the line of the key that is trusted, and lets go of whatever else came with it. */
function cosignatureIn({ body }: ExchangeAnswer, { note }: Checkpoint, witness: Verifier): Cosignature {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1)
  let found: Cosignature | undefined
  try {
    found = cosignatureOf(parseNote(`${text}\n${body.toString('utf8')}`), witness)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new AuditError('ANCHOR_FAILED', `expected the cosignature of ${witness.name}: ${message}`, { cause: error })
  }
  if (found !== undefined) return found
  throw new AuditError(
    'ANCHOR_FAILED',
    `expected a cosignature of ${cosignerKey(witness)}, and the witness signed with no such key: compare the keys`,
  )
}

function sizeIn({ status, type, body }: ExchangeAnswer): number | undefined {
  const [, size] = /^(0|[1-9]\d{0,14})\n$/.exec(body.toString('latin1', 0, 20)) ?? []
  return status === 409 && type === 'text/x.tlog.size' && size !== undefined ? Number(size) : undefined
}

/** The witness remembers what this log no longer has, or has otherwise: the reason for which there are witnesses. */
function conflict({ name }: Verifier, { size, known }: { readonly size: number; readonly known: number }): AuditError {
  const what =
    known > size
      ? `has cosigned ${known} entries of this log, and this checkpoint has ${size}: the log was cut or put back, or this checkpoint is not its latest`
      : `has cosigned another tree of ${known} entries than this log has: one of the two histories was made up`
  return new AuditError(
    'ANCHOR_CONFLICT',
    `expected the log to go on from what is anchored, but the witness ${name} ${what}. Verify the log and keep it as evidence`,
  )
}

function refusal(
  { status, body }: ExchangeAnswer,
  { witness, size, old }: { readonly witness: Verifier; readonly size: number; readonly old: number },
): AuditError {
  const said = body
    .toString('utf8', 0, 200)
    .trim()
    .replace(/[^\x20-\x7e]/g, '?')
  if (status === 422) {
    return new AuditError(
      'ANCHOR_CONFLICT',
      `expected the log of ${size} entries to begin with the ${old} that the witness ${witness.name} has cosigned, and it does not: they were rewritten. Keep the log as evidence (${said})`,
    )
  }
  const hint = status === 403 || status === 404 ? '; does it know the key of this log? loki audit key shows it' : ''
  return new AuditError(
    'ANCHOR_FAILED',
    `expected the witness ${witness.name} to cosign, got HTTP ${status} ${said}${hint}`,
  )
}
