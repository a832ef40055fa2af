import { dirname, join } from 'node:path'
import type { Head } from '../chain/tail.js'
import { AuditError } from '../error.js'
import { readOpening } from '../segments/opening.js'
import type { LogView } from '../segments/view.js'
import { Frontier } from '../tree/frontier.js'
import { GrowingTree, SUBTREES } from '../tree/subtrees.js'
import { openCheckpoint } from './checkpoint.js'
import { LATEST, readNote } from './files.js'
import { originIn, viewLeaves } from './leaves.js'
import { storedTree } from './nodes.js'

/** A size at which the root of the tree is known: signed, or named on the chain. */
interface Fixed {
  readonly size: number
  readonly root: Buffer
}

/** From where a tree is built of lines, and what must come out on the way. */
interface Beginning {
  readonly tree: Frontier
  readonly fixed?: Fixed | undefined
}

/**
 * The tree of the log on disk, at its head. Stored subtrees are believed where they give the root that the latest
 * checkpoint signs, or, without one, that the open segment's first entry names; behind that, and where they do not, lines
 * are read. Throws an AuditError `LOG_DAMAGED` for a log that does not extend its last checkpoint: signing it would bury
 * the proof.
 */
export async function restoreTree(view: LogView, head: Head): Promise<GrowingTree> {
  const { tree, fixed } = await beginningOf(view, head)
  const growing = new GrowingTree(join(dirname(view.file), SUBTREES), tree)
  try {
    for await (const { hash } of viewLeaves(view, growing.size)) {
      growing.append(hash)
      if (growing.size === fixed?.size && !growing.frontier().root().equals(fixed.root)) {
        throw changed(view, `has other entries before number ${fixed.size} than were signed`)
      }
    }
    if (growing.size === head.next) return growing
    throw changed(view, `has ${growing.size} lines, and the last of them is number ${head.next}`)
  } catch (error) {
    growing.close()
    throw error
  }
}

async function beginningOf(view: LogView, head: Head): Promise<Beginning> {
  const signed = latestOf(view)
  if (signed !== undefined && signed.size > head.next) {
    throw changed(view, `has ${head.next} entries, but a checkpoint was signed at ${signed.size}`)
  }
  if (signed !== undefined && originIn(view) !== signed.origin) throw changed(view, 'begins with another entry')
  const fixed = signed ?? openedAt(view)
  const stored = fixed && (await storedTree(view, fixed.size).catch(() => undefined))
  if (stored !== undefined && fixed?.root.equals(stored.root()) === true) return { tree: stored }
  return { tree: view.tombstone?.frontier ?? new Frontier(), fixed }
}

function openedAt(view: LogView): Fixed | undefined {
  const source = view.segments.at(-1)?.open()
  const opening = source && readOpening(source)
  source?.close()
  return opening?.previous && { size: opening.seq, root: Buffer.from(opening.previous.root, 'base64') }
}

function latestOf(view: LogView): (Fixed & { readonly origin: string }) | undefined {
  const file = join(dirname(view.file), LATEST)
  const note = readNote(file)
  try {
    return note === undefined ? undefined : openCheckpoint(note)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new AuditError('LOG_DAMAGED', `expected ${file} to verify, so that the log can be compared: ${message}`, {
      cause: error,
    })
  }
}

function changed(view: LogView, how: string): AuditError {
  return new AuditError(
    'LOG_DAMAGED',
    `expected the log in ${dirname(view.file)} to extend its last checkpoint, but it ${how}: it was cut or replaced. Verify it, keep the folder as evidence, and move it away to begin a new log`,
  )
}
