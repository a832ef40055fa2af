import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { AuditError } from '../error.js'

/** The bytes of one segment, whether they are compressed on disk or not. */
export interface Source {
  /** How many there were when it was opened. */
  readonly size: number
  /** Copies bytes from `position` on into the target at `at`; gives how many, 0 at the end. */
  read(target: Buffer, span: { readonly at: number; readonly length: number; readonly position: number }): number
  close(): void
}

/** Opens a plain file. */
export function plainSource(file: string): Source {
  const fd = openSync(file, constants.O_RDONLY)
  return {
    ...sharedSource(fd),
    close: () => {
      closeSync(fd)
    },
  }
}

/** Reads through a descriptor that stays somebody else's. */
export function sharedSource(fd: number): Source {
  const { size } = fstatSync(fd)
  return {
    size,
    read: (target, { at, length, position }) => readSync(fd, target, at, length, position),
    close: () => undefined,
  }
}

/** Fills the whole target; throws an AuditError where the source ends before. */
export function readFully(source: Pick<Source, 'read'>, target: Buffer, position: number): void {
  for (let at = 0; at < target.length;) {
    const got = source.read(target, { at, length: target.length - at, position: position + at })
    if (got === 0) {
      throw new AuditError('READ_FAILED', `expected ${target.length} bytes at ${position} of the log, got ${at}`)
    }
    at += got
  }
}
