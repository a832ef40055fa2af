import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { headAt } from '../chain/tail.js'
import type { Head } from '../chain/tail.js'
import { LOG_NAME } from '../chain/name.js'
import { AuditError } from '../error.js'
import { Frontier } from '../tree/frontier.js'
import { openCheckpoint, originOf } from './checkpoint.js'
import type { TreeHead } from './checkpoint.js'
import { LATEST, loadTree, readNote } from './files.js'
import { firstHash, grow, readLeaves } from './leaves.js'

/**
 * The tree of the log on disk: the saved one where a signed checkpoint vouches for it, else every line is read.
 * Throws an AuditError `LOG_DAMAGED` for a log that does not extend its last checkpoint: signing it would bury the proof.
 */
export async function restoreTree(dir: string, head: Head): Promise<Frontier> {
  const tree = await treeOf(dir, head)
  if (tree.size === head.next) return tree
  throw changed(dir, `has ${tree.size} lines, and the last of them is number ${head.next}`)
}

async function treeOf(dir: string, head: Head): Promise<Frontier> {
  const file = join(dir, LOG_NAME)
  const latest = latestIn(dir)
  if (latest === undefined) return grow(new Frontier(), file)
  if (latest.size > head.next) {
    throw changed(dir, `has ${head.next} entries, but a checkpoint was signed at ${latest.size}`)
  }
  if (originOf(firstHash(file) ?? '') !== latest.origin) throw changed(dir, 'begins with another entry')
  const saved = loadTree(dir)
  if (saved?.frontier.size === latest.size && saved.frontier.root().equals(latest.root)) {
    if (entriesBefore(file, saved.offset) === latest.size) return grow(saved.frontier, file, saved.offset)
  }
  const frontier = new Frontier()
  for await (const { hash } of readLeaves(file)) {
    frontier.append(hash)
    if (frontier.size === latest.size && !frontier.root().equals(latest.root)) {
      throw changed(dir, `has other entries before number ${latest.size} than were signed`)
    }
  }
  return frontier
}

function latestIn(dir: string): TreeHead | undefined {
  const note = readNote(join(dir, LATEST))
  try {
    return note === undefined ? undefined : openCheckpoint(note)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new AuditError(
      'LOG_DAMAGED',
      `expected ${join(dir, LATEST)} to verify, so that the log can be compared: ${message}`,
      {
        cause: error,
      },
    )
  }
}

/** How many entries end at a byte offset; undefined where no line ends there. */
function entriesBefore(file: string, offset: number): number | undefined {
  const fd = openSync(file, constants.O_RDONLY)
  try {
    return headAt(fd, offset, file).next
  } catch {
    return undefined
  } finally {
    closeSync(fd)
  }
}

function changed(dir: string, how: string): AuditError {
  return new AuditError(
    'LOG_DAMAGED',
    `expected the log in ${dir} to extend its last checkpoint, but it ${how}: it was cut or replaced. Verify it, keep the folder as evidence, and move it away to begin a new log`,
  )
}
