import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const NAME = /^audit-(\d{4}-\d{2}-\d{2})\.jsonl$/
const DRAFT = /^audit-\d{4}-\d{2}-\d{2}\.jsonl\.[0-9a-f]{16}\.new$/
const FLUSH = 64 * 1024
/** A line of ours is an entry of at most 64 KiB twice over, escaped. */
const MAX_FIRST_LINE = 1024 * 1024

/** The day of a readable file by its name; undefined for every other file. */
export function dayOf(name: string): string | undefined {
  return NAME.exec(name)?.[1]
}

/** Whether a file is one that a killed process did not finish. */
export function isDraft(name: string): boolean {
  return DRAFT.test(name)
}

/** What stands in the place of a readable file. */
export type Standing =
  | { readonly kind: 'none' }
  /** Made here: of a log’s entries, whose first this is. */
  | { readonly kind: 'ours'; readonly firstSeq: number; readonly modifiedMs: number }
  /** Anything else, which must be left alone: loki-mode 9 wrote its only log under these names. */
  | { readonly kind: 'foreign' }

/** Tells what stands in the place of a readable file. */
export function standingAt(file: string): Standing {
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return { kind: 'none' }
  if (!stat.isFile()) return { kind: 'foreign' }
  const firstSeq = seqIn(firstLine(file))
  return firstSeq === undefined ? { kind: 'foreign' } : { kind: 'ours', firstSeq, modifiedMs: stat.mtimeMs }
}

/** The readable file of one day while it is made: beside its place, and put there whole. */
export class DayFile {
  readonly day: string
  readonly firstSeq: number
  lastSeq: number
  readonly #draft: string
  readonly #file: string
  #buffer = ''

  constructor(dir: string, day: string, firstSeq: number) {
    this.day = day
    this.firstSeq = firstSeq
    this.lastSeq = firstSeq
    this.#file = join(dir, `audit-${day}.jsonl`)
    this.#draft = `${this.#file}.${randomBytes(8).toString('hex')}.new`
    writeFileSync(this.#draft, '', { flag: 'wx', mode: 0o600 })
  }

  add(seq: number, line: string): void {
    this.lastSeq = seq
    this.#buffer += `${line}\n`
    if (this.#buffer.length >= FLUSH) this.#flush()
  }

  /** Puts the file in its place, unless what is there says the same. */
  put(): boolean {
    this.#flush()
    if (this.#isSame()) {
      this.drop()
      return false
    }
    const fd = openSync(this.#draft, constants.O_RDONLY)
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(this.#draft, this.#file)
    return true
  }

  drop(): void {
    rmSync(this.#draft, { force: true })
  }

  standing(): Standing {
    return standingAt(this.#file)
  }

  /** The number of the last whole line of what is in the place now. */
  standingLast(): number | undefined {
    const lines = readFileSync(this.#file, 'utf8').split('\n')
    return seqIn(lines.at(-2))
  }

  #isSame(): boolean {
    const there = lstatSync(this.#file, { throwIfNoEntry: false })
    if (there?.isFile() !== true || there.size !== lstatSync(this.#draft).size) return false
    return readFileSync(this.#file).equals(readFileSync(this.#draft))
  }

  #flush(): void {
    if (this.#buffer !== '') appendFileSync(this.#draft, this.#buffer)
    this.#buffer = ''
  }
}

function firstLine(file: string): string | undefined {
  const flags = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NOFOLLOW
  const fd = openSync(file, flags)
  try {
    const buffer = Buffer.alloc(MAX_FIRST_LINE)
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0))
    const end = text.indexOf('\n')
    return end < 0 ? undefined : text.slice(0, end)
  } finally {
    closeSync(fd)
  }
}

/** The entry that a line of ours shows; undefined where it is no line of ours. */
function seqIn(line: string | undefined): number | undefined {
  try {
    const value: unknown = JSON.parse(line ?? '')
    if (typeof value !== 'object' || value === null || !('seq' in value) || !('hash' in value)) return undefined
    const { seq, hash } = value
    return typeof seq === 'number' && typeof hash === 'string' && hash.startsWith('sha256:') ? seq : undefined
  } catch {
    return undefined
  }
}
