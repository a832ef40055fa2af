import { closeSync, constants, fstatSync, openSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { plainSource, sharedSource } from '../chain/source.js'
import type { Source } from '../chain/source.js'
import { systemCode } from '../error.js'
import { GzipSource } from './gzip-source.js'
import { hasSegments, parseName, SEGMENTS, segmentName, segmentsFolder } from './names.js'
import { readTombstone } from './tombstone.js'
import type { Tombstone } from './tombstone.js'

/** One segment of a log as it was found. */
export interface Segment {
  /** Its number; undefined for the open one, which says it itself. */
  readonly number: number | undefined
  /** Where it lies, seen from the folder of the log. */
  readonly name: string
  readonly file: string
  readonly isOpen: boolean
  /** Reads its bytes; those of the open one end where they ended when this was called. */
  open(): Source
}

/**
 * All segments of a log, oldest first, as they were at one moment. The open one is held by its descriptor and is found
 * first: should it be closed meanwhile, it stands in the folder of the closed ones as the same file and is left out there,
 * with all that came later, so that a reader neither misses a line nor meets one twice.
 */
export class LogView {
  readonly file: string
  readonly segments: readonly Segment[]
  readonly tombstone: Tombstone | undefined
  /** `seq` of the first entry of those segments that were asked for it, by their place in `segments`. */
  readonly firstSeqs: Map<number, number> = new Map<number, number>()
  /** The descriptor of the open segment. */
  readonly fd: number

  private constructor(file: string, fd: number) {
    this.file = file
    this.fd = fd
    const folder = dirname(file)
    const open: Segment = { number: undefined, name: basename(file), file, isOpen: true, open: () => sharedSource(fd) }
    // Listed before the tombstone is read: what is removed in between is then known to be pruned.
    const numbers = hasSegments(file) ? closedSegments(file, fd) : []
    this.tombstone = hasSegments(file) ? readTombstone(file) : undefined
    const kept = numbers.filter(({ number }) => number > (this.tombstone?.through ?? 0))
    this.segments = [...kept.map((segment) => closedSegment(folder, segment)), open]
  }

  /** Undefined where there is no such file. */
  static open(file: string): LogView | undefined {
    let fd: number
    try {
      fd = openSync(file, constants.O_RDONLY)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
    try {
      return new LogView(file, fd)
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  close(): void {
    closeSync(this.fd)
  }
}

interface Found {
  readonly number: number
  readonly isCompressed: boolean
}

/** The closed segments in the folder, by number, up to the one that is `openFd` under its next name. */
export function closedSegments(file: string, openFd?: number): Found[] {
  const folder = segmentsFolder(file)
  const found = new Map<number, Found>()
  for (const name of namesIn(folder)) {
    const parsed = parseName(name)
    // While both are there, the plain file is the one that was closed, and the other not proven equal yet.
    if (parsed !== undefined && (!parsed.isCompressed || !found.has(parsed.number))) found.set(parsed.number, parsed)
  }
  const sorted = [...found.values()].sort((a, b) => a.number - b.number)
  if (openFd === undefined) return sorted
  const { ino, dev } = fstatSync(openFd, { bigint: true })
  const same = sorted.findIndex(({ number, isCompressed }) => {
    if (isCompressed) return false
    const stat = statSync(join(folder, segmentName(number)), { throwIfNoEntry: false, bigint: true })
    return stat?.ino === ino && stat.dev === dev
  })
  return same < 0 ? sorted : sorted.slice(0, same)
}

function closedSegment(folder: string, { number, isCompressed }: Found): Segment {
  const plain = join(SEGMENTS, segmentName(number))
  const name = isCompressed ? `${plain}.gz` : plain
  const open = (): Source => openClosed(join(folder, plain), isCompressed)
  return { number, name, file: join(folder, name), isOpen: false, open }
}

/** A plain segment may have become a compressed one since it was listed. */
function openClosed(plain: string, isCompressed: boolean): Source {
  if (isCompressed) return new GzipSource(`${plain}.gz`)
  try {
    return plainSource(plain)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return new GzipSource(`${plain}.gz`)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}
