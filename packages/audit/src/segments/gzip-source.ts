import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { AuditError } from '../error.js'
import { readFully } from '../chain/source.js'
import type { Source } from '../chain/source.js'
import { beginningOfMember, HEADER_SIZE, memberLength, textOfMember } from './member.js'
import type { MemberPlace } from './member.js'

type Member = MemberPlace & { readonly position: number }

/** Bytes of the first member that are inflated for its first line, and how much text of it is given out unchecked. */
const PEEK = { bytes: 8192, text: 4096 } as const

/** Reads a compressed segment as if it were plain; throws an AuditError `LOG_DAMAGED` for what was not made by us. */
export class GzipSource implements Source {
  readonly #file: string
  readonly #fd: number
  readonly #packed: number
  /** As far as they were looked at. */
  readonly #members: Member[] = []
  #at = 0
  #text: Buffer | undefined
  #peeked: Buffer | undefined

  constructor(file: string) {
    this.#file = file
    this.#fd = openSync(file, constants.O_RDONLY)
    this.#packed = fstatSync(this.#fd).size
  }

  get size(): number {
    return this.#listTo(() => false)
  }

  /** Where the text of a member begins, by its number from 0; undefined where there are fewer. */
  positionOf(index: number): number | undefined {
    this.#listTo(() => this.#members.length > index)
    return this.#members[index]?.position
  }

  read(target: Buffer, { at, length, position }: { at: number; length: number; position: number }): number {
    const peeked = this.#peek(position + length)
    if (peeked !== undefined) return peeked.copy(target, at, position, position + length)
    if (this.#listTo((end) => end > position) <= position) return 0
    const from = position - this.#load(position)
    return this.#text?.copy(target, at, from, from + length) ?? 0
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** Has the text around a position ready, and tells where it begins. */
  #load(position: number): number {
    const isIn = (index: number): boolean => {
      const member = this.#members[index]
      return member !== undefined && member.position <= position && position < member.position + member.textLength
    }
    if (!isIn(this.#at)) {
      this.#text = undefined
      this.#at = isIn(this.#at + 1)
        ? this.#at + 1
        : this.#members.findLastIndex((member) => member.position <= position)
    }
    const member = this.#members[this.#at]
    if (member === undefined) throw this.#damaged()
    if (this.#text === undefined) {
      const bytes = Buffer.allocUnsafe(member.length)
      this.#readAt(bytes, member.offset)
      this.#text = textOfMember(bytes, member.textLength)
      if (this.#text === undefined) throw this.#damaged()
    }
    return member.position
  }

  /** The very beginning, for whoever only wants the first line: it is not worth inflating a member, nor is it checked. */
  #peek(end: number): Buffer | undefined {
    if (end > PEEK.text || this.#text !== undefined) return undefined
    if (this.#peeked === undefined) {
      const bytes = Buffer.allocUnsafe(Math.min(PEEK.bytes, this.#packed))
      this.#readAt(bytes, 0)
      this.#peeked = beginningOfMember(bytes)
    }
    return this.#peeked.length >= end ? this.#peeked : undefined
  }

  /** Goes from header to header until there is enough; gives where the text that is known of ends. */
  #listTo(isEnough: (end: number) => boolean): number {
    const last = this.#members.at(-1)
    let offset = last === undefined ? 0 : last.offset + last.length
    let position = last === undefined ? 0 : last.position + last.textLength
    const header = Buffer.alloc(HEADER_SIZE)
    const trailer = Buffer.alloc(4)
    while (offset < this.#packed && !isEnough(position)) {
      if (this.#packed - offset < HEADER_SIZE) throw this.#damaged()
      this.#readAt(header, offset)
      const length = memberLength(header)
      if (length === undefined || offset + length > this.#packed) throw this.#damaged()
      this.#readAt(trailer, offset + length - 4)
      const textLength = trailer.readUInt32LE(0)
      this.#members.push({ offset, length, textLength, position })
      offset += length
      position += textLength
    }
    return position
  }

  #readAt(target: Buffer, offset: number): void {
    const read: Source['read'] = (buffer, { at, length, position }) => readSync(this.#fd, buffer, at, length, position)
    readFully({ read }, target, offset)
  }

  #damaged(): AuditError {
    return new AuditError(
      'LOG_DAMAGED',
      `expected ${this.#file} to be as it was compressed, but it was changed or cut; verify the log`,
    )
  }
}
