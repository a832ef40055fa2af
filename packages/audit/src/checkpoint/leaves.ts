import { closeSync, constants, openSync, readSync } from 'node:fs'
import { AuditError } from '../error.js'
import { Blocks } from '../chain/blocks.js'
import { Frontier } from '../tree/frontier.js'

const HASH_AT = '{"hash":"sha256:'.length
const HASH_END = HASH_AT + 64

/** A line of the log by its hash alone; `buffer[start, end)` is valid until the next one. */
export interface Leaf {
  readonly hash: Buffer
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
}

/**
 * Streams the leaves of a log from a byte offset on, and trusts each line's own `hash`: for callers who compare the
 * root with a signed one, or who verify lines themselves.
 */
export async function* readLeaves(file: string, offset = 0): AsyncGenerator<Leaf, void, undefined> {
  const blocks = new Blocks(file, offset)
  try {
    const { buffer } = blocks
    for (let end = await blocks.next(); end > 0; end = await blocks.next()) {
      for (let start = 0; start < end;) {
        const lf = buffer.indexOf(0x0a, start)
        const hash = Buffer.from(buffer.toString('latin1', start + HASH_AT, start + HASH_END), 'hex')
        if (lf - start < HASH_END || hash.length !== 32) {
          throw new AuditError('LOG_DAMAGED', `expected every line of ${file} to begin with its hash; verify the log`)
        }
        yield { hash, buffer, start, end: lf }
        start = lf + 1
      }
    }
  } finally {
    blocks.close()
  }
}

/** Adds the leaves behind `offset` to a tree. */
export async function grow(frontier: Frontier, file: string, offset = 0): Promise<Frontier> {
  for await (const { hash } of readLeaves(file, offset)) frontier.append(hash)
  return frontier
}

/** The hash of the first entry, in hex; undefined in an empty log. */
export function firstHash(file: string): string | undefined {
  const fd = openSync(file, constants.O_RDONLY)
  try {
    const head = Buffer.alloc(HASH_END)
    const got = readSync(fd, head, 0, head.length, 0)
    return got === head.length ? head.toString('latin1', HASH_AT, HASH_END) : undefined
  } finally {
    closeSync(fd)
  }
}
