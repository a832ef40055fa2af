import { randomBytes } from 'node:crypto'
import { openCheckpoint } from '../checkpoint/checkpoint.js'
import { AuditError } from '../error.js'
import { addressOf } from './address.js'
import { inTurn } from './anchor.js'
import type { NamedAnchor, RemoteOptions } from './anchor.js'
import { exchange } from './exchange.js'
import { keepReceipt } from './receipt.js'
import { readTimestamp, timestampQuery } from './timestamp/rfc3161.js'

const LONGEST = 64 * 1024

export interface TimestampAnchorOptions extends RemoteOptions {
  /**
   * Address of the authority. Most serve plain http, which is allowed here, for replies are signed; what is sent is a
   * digest.
   */
  readonly url: string
}

/** Has checkpoints stamped by an RFC 3161 timestamp authority. */
export function timestampAnchor(options: TimestampAnchorOptions): NamedAnchor {
  const url = addressOf(options.url, 'the address of a timestamp authority', { signed: true })
  const name = new URL(url).host
  const next = inTurn()
  return {
    kind: 'timestamp',
    name,
    destination: url,
    keep: (note) => next(() => stamped(note, { ...options, url, name })),
  }
}

async function stamped(note: string, asking: TimestampAnchorOptions & { readonly name: string }): Promise<void> {
  const { dir, url, name } = asking
  const checkpoint = openCheckpoint(note)
  if (checkpoint === undefined) return // cannot be: no owner was asked for
  const asked = { bytes: Buffer.from(note), nonce: randomBytes(16) }
  const query = timestampQuery(asked.bytes, asked.nonce)
  const type = 'application/timestamp-query'
  const whom = `the timestamp authority ${name}`
  const { status, body, ...answer } = await exchange({ url, type, body: query, longest: LONGEST, whom }, asking)
  if (status !== 200 || answer.type !== 'application/timestamp-reply') {
    throw new AuditError(
      'ANCHOR_FAILED',
      `expected a timestamp of ${whom}, got HTTP ${status} ${answer.type.slice(0, 60)}`,
    )
  }
  const { time } = readTimestamp(body, asked)
  const { origin, size } = checkpoint
  keepReceipt(
    dir,
    {
      version: 1,
      kind: 'timestamp',
      name,
      time,
      origin,
      size,
      checkpoint: note,
      query: query.toString('base64'),
      reply: body.toString('base64'),
    },
    { checkpoint: note, tsq: query, tsr: body },
  )
}
