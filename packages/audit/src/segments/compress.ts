import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { replaceFile } from '../checkpoint/files.js'
import { Blocks } from '../chain/blocks.js'
import { plainSource } from '../chain/source.js'
import { AuditError } from '../error.js'
import { syncFolder } from '../writer/sync-folder.js'
import { digestOf, noteFile, noteText } from './digest.js'
import { GzipSource } from './gzip-source.js'
import { MEMBER_ENTRIES, memberOf } from './member.js'
import { segmentsFolder } from './names.js'
import type { ClosedFacts } from './opening.js'
import { readOpening } from './opening.js'
import { LogView } from './view.js'
import type { Segment } from './view.js'

const deflate = promisify(deflateRaw)

/**
 * Compresses every closed segment that still is plain. The plain file goes only after the compressed one is synced and was
 * read back equal; a segment that is not as the next one names it is evidence and stays as it is. For whoever holds the lock
 * of the segments' folder.
 */
export async function compressSegments(file: string, signal: AbortSignal): Promise<void> {
  const view = LogView.open(file)
  if (view === undefined) return
  try {
    for (const [index, segment] of view.segments.entries()) {
      if (signal.aborted) return
      if (segment.isOpen || segment.file.endsWith('.gz')) continue
      const facts = factsBehind(view.segments[index + 1])
      if (facts !== undefined) await compress(segment, facts, signal)
    }
    syncFolder(segmentsFolder(file))
  } finally {
    view.close()
  }
}

/** What the next segment says of the one before. */
function factsBehind(next: Segment | undefined): ClosedFacts | undefined {
  const source = next?.open()
  try {
    return source && readOpening(source)?.previous
  } finally {
    source?.close()
  }
}

async function compress(segment: Segment, facts: ClosedFacts, signal: AbortSignal): Promise<void> {
  const compressed = `${segment.file}.gz`
  const draft = `${compressed}.new`
  rmSync(draft, { force: true })
  const handle = await open(draft, 'wx', 0o600)
  let written: string | undefined
  try {
    written = await writeMembers(segment.file, { handle, firstSeq: facts.firstSeq, signal })
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (written !== facts.sha256 || !(await isEqual(draft, facts))) {
    rmSync(draft)
    return
  }
  await replaceFile(noteFile(compressed), noteText(facts, digestOf(draft)), true)
  await rename(draft, compressed)
  syncFolder(dirname(compressed))
  await rm(segment.file)
}

/** Writes a segment as members that end where a subtree of 256 entries does; gives the SHA-256 of its plain bytes. */
async function writeMembers(
  file: string,
  { handle, firstSeq, signal }: { handle: FileHandle; firstSeq: number; signal: AbortSignal },
): Promise<string | undefined> {
  const blocks = new Blocks(plainSource(file))
  const hash = createHash('sha256')
  let seq = firstSeq
  let part: Buffer[] = []
  const flush = async (): Promise<void> => {
    const text = Buffer.concat(part)
    part = []
    if (text.length > 0) await handle.writeFile(memberOf(text, await deflate(text)))
  }
  try {
    for (let size = await blocks.next(); size > 0; size = await blocks.next()) {
      if (signal.aborted) return undefined
      hash.update(blocks.buffer.subarray(0, size))
      for (let start = 0; start < size;) {
        const end = blocks.buffer.indexOf(0x0a, start) + 1
        part.push(Buffer.from(blocks.buffer.subarray(start, end)))
        start = end
        if (++seq % MEMBER_ENTRIES === 0) await flush()
      }
    }
    if (blocks.remainder > 0) return undefined
    await flush()
    return hash.digest('hex')
  } finally {
    blocks.close()
  }
}

/** Reads back what was written, a member at a time. */
async function isEqual(draft: string, facts: ClosedFacts): Promise<boolean> {
  let source: GzipSource
  try {
    source = new GzipSource(draft)
  } catch (error) {
    if (error instanceof AuditError) return false
    throw error
  }
  try {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(256 * 1024)
    let bytes = 0
    for (let got = -1; got !== 0; bytes += got) {
      got = source.read(buffer, { at: 0, length: buffer.length, position: bytes })
      hash.update(buffer.subarray(0, got))
      await nextTurn()
    }
    return bytes === facts.bytes && hash.digest('hex') === facts.sha256
  } finally {
    source.close()
  }
}
