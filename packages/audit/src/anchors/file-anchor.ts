import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { openCheckpoint } from '../checkpoint/checkpoint.js'
import { readNote } from '../checkpoint/files.js'
import { asAuditError } from '../error.js'
import { inTurn } from './anchor.js'
import type { AnchorOptions, NamedAnchor } from './anchor.js'
import { appendDurably, replaceDurably } from './durable-file.js'
import { refuseOlder } from './older.js'
import { keepReceipt } from './receipt.js'

const SAME_DEVICE = 'on the same device as the log: whoever has that disk has both'

export interface FileAnchorOptions extends AnchorOptions {
  /** The latest checkpoint goes here, the history to the same name with `.jsonl`; the folder must be there. */
  readonly path: string
}

/** Keeps checkpoints in a file on another mount: a share, a removable disk, a volume that only grows. */
export function fileAnchor({ path, dir, now = (): Date => new Date() }: FileAnchorOptions): NamedAnchor {
  const file = resolve(path)
  const next = inTurn()
  return {
    kind: 'file',
    name: file,
    destination: file,
    keep: (checkpoint) =>
      next(() => {
        copy(checkpoint, { file, dir, now })
        return Promise.resolve()
      }),
  }
}

function copy(note: string, { file, dir, now }: { file: string; dir: string; now: () => Date }): void {
  const checkpoint = openCheckpoint(note)
  if (checkpoint === undefined) return // cannot be: no owner was asked for
  const { origin, size } = checkpoint
  refuseOlder(checkpoint, readNote(file), file)
  let isSameDevice: boolean
  try {
    isSameDevice = statSync(dirname(file)).dev === statSync(dir).dev
    appendDurably(`${file}.jsonl`, JSON.stringify({ checkpoint: note }))
    replaceDurably(file, note)
  } catch (error) {
    throw asAuditError(error, 'ANCHOR_FAILED', `expected to write ${file}`)
  }
  const warning = isSameDevice ? SAME_DEVICE : undefined
  keepReceipt(dir, {
    version: 1,
    kind: 'file',
    name: file,
    time: now().toISOString(),
    origin,
    size,
    checkpoint: note,
    warning,
  })
}
