import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { AuditError, systemCode } from '../error.js'
import type { JsonObject } from '../types.js'

const STEP = 64 * 1024
const MAX_FILES = 10_000

/**
 * Moves everything behind `offset` into `<log>.torn-<n>` and cuts the log there; tells what it was.
 * `disposable`: the bytes are a failed batch of our own, so a disk too full for a copy may cost the copy.
 */
export function setAside(
  fd: number,
  file: string,
  part: { offset: number; size: number; disposable: boolean },
): JsonObject {
  const { offset, size } = part
  const { sha256, kept } = keep(fd, file, part)
  ftruncateSync(fd, offset)
  fsyncSync(fd)
  return { offset, bytes: size - offset, sha256, file: kept }
}

function keep(
  fd: number,
  file: string,
  part: { offset: number; size: number; disposable: boolean },
): { sha256: string; kept: string | null } {
  try {
    const target = openFree(file)
    try {
      const sha256 = copy(fd, part, target.fd)
      fsyncSync(target.fd)
      return { sha256, kept: basename(target.path) }
    } catch (error) {
      unlinkSync(target.path)
      throw error
    } finally {
      closeSync(target.fd)
    }
  } catch (error) {
    if (!part.disposable || !['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(error) ?? '')) throw error
    return { sha256: copy(fd, part), kept: null }
  }
}

function openFree(file: string): { path: string; fd: number } {
  for (let number = 1; number <= MAX_FILES; number++) {
    const path = `${file}.torn-${number}`
    try {
      return { path, fd: openSync(path, 'wx', 0o600) }
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
  }
  throw new AuditError(
    'WRITE_FAILED',
    `expected fewer than ${MAX_FILES} files ${basename(file)}.torn-<n>; move them away`,
  )
}

function copy(from: number, part: { offset: number; size: number }, to?: number): string {
  const digest = createHash('sha256')
  const buffer = Buffer.allocUnsafe(STEP)
  for (let at = part.offset; at < part.size;) {
    const got = readSync(from, buffer, 0, Math.min(STEP, part.size - at), at)
    if (got === 0) break
    const chunk = buffer.subarray(0, got)
    digest.update(chunk)
    if (to !== undefined) for (let done = 0; done < got;) done += writeSync(to, chunk, done)
    at += got
  }
  return digest.digest('hex')
}
